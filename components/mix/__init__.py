"""The mix step as a KFP component."""
