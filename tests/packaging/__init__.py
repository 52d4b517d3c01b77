"""What is deployed: the package, and the templates."""
