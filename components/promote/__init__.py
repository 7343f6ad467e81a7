"""The promote step as a KFP component."""
