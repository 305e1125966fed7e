#pragma once

#include <mongoc/mongoc.h>

#include "base/result.h"

namespace drydock::mongo {

// What we call of libmongoc.
#define DRYDOCK_MONGO_DRIVER(X)                       \
    X(mongoc_init)                                    \
    X(mongoc_log_set_handler)                         \
    X(mongoc_uri_new_with_error)                      \
    X(mongoc_uri_destroy)                             \
    X(mongoc_uri_set_username)                        \
    X(mongoc_uri_set_password)                        \
    X(mongoc_uri_set_auth_source)                     \
    X(mongoc_uri_set_auth_mechanism)                  \
    X(mongoc_uri_set_appname)                         \
    X(mongoc_uri_set_option_as_utf8)                  \
    X(mongoc_uri_set_option_as_int32)                 \
    X(mongoc_uri_set_option_as_bool)                  \
    X(mongoc_client_new_from_uri)                     \
    X(mongoc_client_destroy)                          \
    X(mongoc_client_set_error_api)                    \
    X(mongoc_client_set_stream_initiator)             \
    X(mongoc_client_command_simple)                   \
    X(mongoc_client_get_database)                     \
    X(mongoc_client_get_database_names_with_opts)     \
    X(mongoc_database_destroy)                        \
    X(mongoc_database_get_collection_names_with_opts) \
    X(bson_new_from_json)                             \
    X(bson_destroy)                                   \
    X(bson_get_data)                                  \
    X(bson_as_relaxed_extended_json)                  \
    X(bson_free)                                      \
    X(bson_strfreev)                                  \
    X(bson_iter_init)                                 \
    X(bson_iter_init_find)                            \
    X(bson_iter_next)                                 \
    X(bson_iter_key)                                  \
    X(bson_iter_type)                                 \
    X(bson_iter_utf8)

// libmongoc, loaded when the first server is to be reached and not before: it sets itself up as soon as it is loaded,
// with shared memory that stays behind when the process is killed, and most commands reach no MongoDB at all.
struct DriverLibrary {
#define DRYDOCK_MONGO_FUNCTION(name) decltype(&::name) name = nullptr;
    DRYDOCK_MONGO_DRIVER(DRYDOCK_MONGO_FUNCTION)
#undef DRYDOCK_MONGO_FUNCTION
};

// Loads it the first time. `unavailable` where it is not installed.
Result<> load_driver();
// After load_driver() has succeeded once.
const DriverLibrary& driver();

}  // namespace drydock::mongo
