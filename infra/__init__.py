"""The CDK half: what runs in AWS, who may do what, and the configuration that decides it."""
