"""What the registry does, one function a verb. Collaborators are arguments."""
