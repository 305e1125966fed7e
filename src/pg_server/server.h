#pragma once

// PostgreSQL servers of our own: the embedded one that keeps the control plane, and throw-away ones for tests,
// shadow databases and trials.
#include "pg_server/binaries.h"
#include "pg_server/embedded.h"
#include "pg_server/throwaway.h"
