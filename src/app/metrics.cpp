#include "app/metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/files.h"

namespace drydock::app {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds{
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
};

prometheus::MetricFamily family_of(const Sample& sample) {
    prometheus::MetricFamily family;
    family.name = sample.name;
    family.help = sample.help;
    family.type = sample.counts_up ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    return family;
}

prometheus::ClientMetric metric_of(const Sample& sample) {
    prometheus::ClientMetric metric;
    for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
    (sample.counts_up ? metric.counter.value : metric.gauge.value) = sample.value;
    return metric;
}

// The names that every Prometheus client library gives these.
void process_samples(std::vector<Sample>& samples) {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    samples.push_back(
        {"process_cpu_seconds_total",
         "CPU time of this process",
         true,
         seconds(usage.ru_utime) + seconds(usage.ru_stime)}
    );
    if (const auto statm = read_file("/proc/self/statm")) {
        const auto pages = statm->substr(statm->find(' ') + 1);
        const auto bytes = std::strtod(pages.c_str(), nullptr) * static_cast<double>(::sysconf(_SC_PAGESIZE));
        samples.push_back({"process_resident_memory_bytes", "Memory of this process", false, bytes});
    }
}

}  // namespace

struct Metrics::Impl {
    prometheus::Registry registry;
    prometheus::Family<prometheus::Counter>& requests =
        prometheus::BuildCounter().Name("drydock_http_requests_total").Help("Requests answered").Register(registry);
    prometheus::Family<prometheus::Histogram>& durations = prometheus::BuildHistogram()
                                                               .Name("drydock_http_request_seconds")
                                                               .Help("Time from a request's head to its answer's end")
                                                               .Register(registry);
    mutable std::mutex mutex;
    std::vector<std::function<void(std::vector<Sample>&)>> sources;

    // A look-up in a family costs a hash over its labels: those of a route are kept.
    struct RouteMetrics {
        prometheus::Histogram* duration;
        std::map<unsigned, prometheus::Counter*> by_status;
    };
    std::map<std::pair<std::string, std::string>, RouteMetrics> routes;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {
    add_source(process_samples);
}
Metrics::~Metrics() = default;

void Metrics::add_source(std::function<void(std::vector<Sample>&)> source) {
    const std::lock_guard lock{impl_->mutex};
    impl_->sources.push_back(std::move(source));
}

void Metrics::count(const http::AccessRecord& record) {
    const std::string& route = record.route.empty() ? std::string{"none"} : record.route;
    const std::lock_guard lock{impl_->mutex};
    auto [found, added] = impl_->routes.try_emplace({record.method, route});
    auto& metrics = found->second;
    if (added) metrics.duration = &impl_->durations.Add({{"method", record.method}, {"route", route}}, kSeconds);
    auto& counter = metrics.by_status[record.status];
    if (counter == nullptr) {
        counter = &impl_->requests.Add(
            {{"method", record.method}, {"route", route}, {"status", std::to_string(record.status)}}
        );
    }
    counter->Increment();
    metrics.duration->Observe(std::chrono::duration<double>{record.duration}.count());
}

std::string Metrics::text() const {
    std::vector<Sample> samples;
    std::vector<std::function<void(std::vector<Sample>&)>> sources;
    {
        const std::lock_guard lock{impl_->mutex};
        sources = impl_->sources;
    }
    for (const auto& source : sources) source(samples);
    auto families = impl_->registry.Collect();
    std::map<std::string, std::size_t> place;
    for (const auto& sample : samples) {
        const auto [found, added] = place.try_emplace(sample.name, families.size());
        if (added) families.push_back(family_of(sample));
        families[found->second].metric.push_back(metric_of(sample));
    }
    return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace drydock::app
