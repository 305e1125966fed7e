-- fires:
--   app.log
--   "Odd app"."the ""log"""
--   app.measurement
CREATE SCHEMA app;
CREATE SCHEMA "Odd app";
CREATE TABLE app.log (at timestamptz UNIQUE, line text);
CREATE TABLE "Odd app"."the ""log""" (at timestamptz);
CREATE TABLE app.measurement (at date NOT NULL, value int) PARTITION BY RANGE (at);
CREATE TABLE app.measurement_1 PARTITION OF app.measurement FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
-- silent:
CREATE SCHEMA app;
CREATE TABLE app.log (at timestamptz PRIMARY KEY, line text);
CREATE TABLE app.measurement (at date PRIMARY KEY, value int) PARTITION BY RANGE (at);
CREATE TABLE app.measurement_1 PARTITION OF app.measurement FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE VIEW app.lines AS SELECT line FROM app.log;
CREATE TEMP TABLE scratch (n int);
