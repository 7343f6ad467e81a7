"""The pack step as a KFP component."""
