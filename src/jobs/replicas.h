#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "control/store.h"

namespace drydock::jobs {

// A server that works on this control plane.
struct Replica {
    std::string id{};
    std::string name{};  // host:pid
    std::string version{};
    int threads = 0;
    int running = 0;
    std::string state = "serving";  // serving, stopping, stopped; read also: silent
    std::string started_at{};       // given by the server, as seen_at
    std::string seen_at{};
};

// "host:pid", for people to find it by.
std::string replica_name();
// Tells that it is there.
Result<> beat(control::Store& store, const Replica& replica, const Limits& limits);
// All that were heard of within a day; those silent for longer than `silent_after` are shown so.
Result<std::vector<Replica>> list_replicas(
    control::Store& store, std::chrono::seconds silent_after, const Limits& limits
);
// Forgets those that were not.
Result<> clean_up_replicas(control::Store& store, const Limits& limits);

}  // namespace drydock::jobs
