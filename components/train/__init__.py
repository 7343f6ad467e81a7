"""The train step as a KFP component."""
