#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/server.h"

namespace drydock::app {

// One figure at the moment of asking.
struct Sample {
    std::string name;  // "drydock_pool_connections"
    std::string help;
    bool counts_up = false;  // a counter; else a gauge
    double value = 0;
    std::vector<std::pair<std::string, std::string>> labels{};
};

// The figures of this server in the text format of Prometheus. Requests are counted as they come; all else is asked for
// when somebody looks. Safe from any thread.
class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    void count(const http::AccessRecord& record);
    // Asked at each look; must be quick and must not block.
    void add_source(std::function<void(std::vector<Sample>&)> source);
    std::string text() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace drydock::app
