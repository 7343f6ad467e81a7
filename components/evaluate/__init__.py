"""The evaluate step as a KFP component."""
