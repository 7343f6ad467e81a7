"""The fetch step as a KFP component."""
