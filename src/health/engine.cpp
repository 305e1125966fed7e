#include "health/engine.h"

#include <utility>

#include "base/log.h"
#include "health/share.h"

namespace drydock::health {
namespace {

constexpr std::chrono::seconds kLookTime{60};
constexpr std::size_t kOpenAtOnce = 500;

}  // namespace

Engine::Engine(Source& source, control::Store& store, EngineOptions options)
    : source_(source),
      options_(std::move(options)),
      recorder_(store, options_.recorder),
      me_(options_.me),
      replicas_(options_.replicas) {}

Result<std::unique_ptr<Engine>> Engine::start(Source& source, control::Store& store, EngineOptions options) {
    std::unique_ptr<Engine> engine{new Engine(source, store, std::move(options))};
    const Prober::Listener listener{
        .checked = [&recorder = engine->recorder_](const Check& check) { recorder.add(check); },
        .network =
            [](bool suspect) {
                if (suspect) {
                    log::warning("health.network_suspect", {{"held", true}});
                } else {
                    log::info("health.network_calm");
                }
            }
    };
    DRYDOCK_TRY(engine->prober_, Prober::start(engine->options_.prober, listener));
    engine->thread_ = std::jthread{[&self = *engine](const std::stop_token& stop) { self.run(stop); }};
    return engine;
}

Engine::~Engine() {
    if (thread_.joinable()) {
        thread_.request_stop();
        thread_.join();
    }
    prober_.reset();  // before the recorder, which it tells of its checks
}

void Engine::set_share(std::string me, std::vector<std::string> all) {
    const std::lock_guard lock{mutex_};
    if (me == me_ && all == replicas_) return;
    me_ = std::move(me);
    replicas_ = std::move(all);
    asked_ = true;
    come_.notify_one();
}

void Engine::refresh() {
    const std::lock_guard lock{mutex_};
    asked_ = true;
    come_.notify_one();
}

Result<Check> Engine::check_now(const std::string& database_id, const Limits& limits) {
    return prober_->check_now(database_id, limits);
}

EngineFigures Engine::figures() const {
    return {.prober = prober_->figures(), .recorder = recorder_.figures()};
}

void Engine::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const auto looked = look(Limits::within(kLookTime, stop));
        if (!looked && !stop.stop_requested()) log::failure("health.registry", looked.error());
        std::unique_lock lock{mutex_};
        come_.wait_for(lock, stop, options_.refresh, [&] { return asked_; });
    }
}

// What is new or changed is opened and handed over, what is gone or another's is taken away. While the registry can't
// be asked, all goes on as it is.
Result<> Engine::look(const Limits& limits) {
    std::string me;
    std::vector<std::string> replicas;
    {
        const std::lock_guard lock{mutex_};
        asked_ = false;
        me = me_;
        replicas = replicas_;
    }
    DRYDOCK_TRY(const auto listed, source_.list(limits));
    auto gone = versions_;
    std::vector<Listed> wanted;
    for (const auto& one : listed) {
        if (!is_mine(one.id, me, replicas)) continue;
        gone.erase(one.id);
        const auto known = versions_.find(one.id);
        if (known == versions_.end() || known->second != one.version) wanted.push_back(one);
    }
    std::vector<std::string> go;
    for (const auto& [id, version] : gone) {
        go.push_back(id);
        versions_.erase(id);
        recorder_.forget(id);
    }
    if (!go.empty()) prober_->change({}, std::move(go));
    for (std::size_t at = 0; at < wanted.size(); at += kOpenAtOnce) {
        const auto part = std::span{wanted}.subspan(at, std::min(kOpenAtOnce, wanted.size() - at));
        DRYDOCK_TRY(auto targets, source_.open(part, limits));
        for (const auto& target : targets) versions_[target.id] = target.version;
        prober_->change(std::move(targets), {});
    }
    return {};
}

}  // namespace drydock::health
