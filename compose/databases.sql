-- Beside the database `temporal` of the user that the image makes.
CREATE DATABASE temporal_visibility;
CREATE ROLE jupyterhub LOGIN;
CREATE DATABASE jupyterhub OWNER jupyterhub;
