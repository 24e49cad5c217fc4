-- To find who keeps something under a name: the formats of names, who may be found in a directory.
CREATE INDEX kept_by_name ON kept (name);
