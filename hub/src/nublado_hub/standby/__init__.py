"""Leader election for hubs: runs a command only while this process holds a Kubernetes Lease."""
