"""The images of the steps, and what builds and proves them."""
