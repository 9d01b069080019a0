"""Runs a hub only while this process holds a Kubernetes Lease, so that another can stand by."""
