"""The render step as a KFP component."""
