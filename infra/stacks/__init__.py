"""The CloudFormation templates of a location: what it keeps, and the functions that keep it."""
