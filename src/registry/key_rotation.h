#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/secrets.h"

// New keys in the place of old ones, while everything goes on. Each of these may be killed at any moment and called
// again: every value opens before, between and after.
namespace drydock::registry {

// For tests: called between the steps, with the step's name.
using Edge = std::function<void(std::string_view)>;

// What else is sealed by a master key besides data keys and sealing keys: another module's (second factors, signing
// keys).
struct MasterKeyUse {
    std::string name{};
    // How much is sealed by this master key.
    std::function<Result<std::int64_t>(std::string_view master_key, const Limits&)> count{};
    // Seals by the current one what is sealed by another, or not at all; how much that was.
    std::function<Result<std::int64_t>(const Limits&)> move{};
};

// The ids of all organizations, the closed ones too.
Result<std::vector<std::string>> all_organizations(control::Store& store, const Limits& limits);

struct MasterKeyStatus {
    std::string id{};
    bool loaded = false;
    bool current = false;
    std::int64_t data_keys = 0;
    std::int64_t others = 0;  // sealing keys, and what other modules have
};
struct DataKeyStatus {
    std::string id{};
    std::string project_id{};
    std::string purpose{};
    std::int64_t version = 0;
    std::string state{};
    std::string master_key_id{};
    std::int64_t values = 0;
    std::string created_at{};
    std::string updated_at{};
};

Result<std::vector<MasterKeyStatus>> master_key_status(
    DataKeys& keys, const std::vector<MasterKeyUse>& others, const Limits& limits
);
// The data keys of the actor's organization.
Result<std::vector<DataKeyStatus>> data_key_status(DataKeys& keys, const control::Actor& actor, const Limits& limits);

// The master keys that something is noted to be sealed by and that this server does not have, also after it has looked
// in its sources once more. While there are any, it must not decide which key is the current one.
Result<std::vector<std::string>> missing_master_keys(DataKeys& keys, const Limits& limits);

// Wraps everything by the current master key that another one has wrapped, of all organizations, row by row with
// compare-and-swap. How many there were.
Result<std::int64_t> rotate_master_key(
    DataKeys& keys, const std::vector<MasterKeyUse>& others, const Limits& limits, const Edge& edge = {}
);
// Forgets a master key, so that the server starts without it. conflict while anything is wrapped by it.
Result<> retire_master_key(
    DataKeys& keys, std::string_view id, const std::vector<MasterKeyUse>& others, const Limits& limits
);

struct Resealing {
    std::int64_t done = 0;
    std::int64_t failed = 0;  // values that don't open: they stay as they are, and so does their key
};

// A new data key for a project and purpose; what the old one has sealed is sealed anew. Takes the permission
// keys:write.
Result<Resealing> rotate_data_key(
    Secrets& secrets,
    const control::Actor& actor,
    std::string_view project,
    std::string_view purpose,
    const Limits& limits,
    const Edge& edge = {}
);
// What rotations have left: seals anew what keys that were replaced still hold, in all organizations.
Result<Resealing> finish_data_key_rotations(Secrets& secrets, const Limits& limits, const Edge& edge = {});
// Destroys keys that were replaced so long ago, and that nothing is sealed with any more. Old backups of the control
// plane open no further than this. How many.
Result<std::int64_t> destroy_old_data_keys(Secrets& secrets, std::chrono::seconds grace, const Limits& limits);

}  // namespace drydock::registry
