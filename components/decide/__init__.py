"""The decide step as a KFP component."""
