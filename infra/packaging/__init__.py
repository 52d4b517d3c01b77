"""The deployment package: one zip for all functions, and the template that names them."""
