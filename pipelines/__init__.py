"""The steps put together: one function, compiled for Kubeflow and run on a laptop."""
