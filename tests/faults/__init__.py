"""What must hold whatever breaks: real engines, real processes, real faults."""
