#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "health/loop.h"
#include "health/share.h"
#include "health/watched.h"

// The road of one check: name, turn, TCP, TLS, sign-in, question, verdict.
namespace drydock::health {
namespace {

using std::chrono::milliseconds;

// Descriptors of those whose connection does not stay, when there are more targets than connections.
constexpr std::size_t kPassing = 32;

bool is_path(const Host& host) {
    return host.name.starts_with('/');
}

NameCache::Answer socket_of(Type type, const Host& host) {
    const auto path = type == Type::postgresql ? fmt::format("{}/.s.PGSQL.{}", host.name, host.port) : host.name;
    const auto address = net::Address::unix_path(path);
    return address ? NameCache::Answer{.addresses = {*address}} : NameCache::Answer{};
}

}  // namespace

void Loop::enter(Watched& one, Phase phase) {
    one.phase = phase;
    wheel_.set(one.limit, std::min(now() + options_.limits.of(phase), one.deadline));
}

void Loop::begin(Watched& one) {
    if (one.state != State::idle) return;
    ++counters_.begun;
    wheel_.cancel(one.due);
    one.deadline = now() + options_.limits.total;
    one.worst.reset();
    one.connected_now = false;
    one.connect_time = {};
    one.hosts_tried = 0;
    if (one.signed_in) {
        ask(one);
    } else {
        next_host(one);
    }
}

void Loop::next_host(Watched& one) {
    const auto& hosts = one.target.hosts;
    for (; one.hosts_tried < hosts.size(); ++one.hosts_tried) {
        const auto& host = hosts[(one.first_host + one.hosts_tried) % hosts.size()];
        const auto answer =
            is_path(host) ? socket_of(one.target.type, host) : names_->find(host.name, host.port, now());
        if (!answer) {
            one.state = State::naming;
            enter(one, Phase::name);
            naming_[NameCache::key(host.name, host.port)].push_back(one.target.id);
            return;
        }
        take_addresses(one, *answer);
        if (!one.candidates.empty()) {
            queue(one);
            return;
        }
    }
    finish(one, one.worst.value_or(Finding{.outcome = Outcome::name_failed, .phase = Phase::name}));
}

void Loop::take_addresses(Watched& one, const NameCache::Answer& answer) {
    one.candidates.clear();
    one.candidate = 0;
    std::ranges::copy_if(answer.addresses, std::back_inserter(one.candidates), options_.allowed);
    if (!one.candidates.empty() || one.worst) return;
    auto outcome = answer.timed_out ? Outcome::timed_out : Outcome::name_failed;
    if (!answer.addresses.empty()) outcome = Outcome::not_allowed;
    one.worst = Finding{.outcome = outcome, .phase = Phase::name};
}

void Loop::names_finished() {
    for (const auto& name : names_->finished()) {
        const auto waiting = naming_.find(name);
        if (waiting == naming_.end()) continue;
        const auto ids = std::move(waiting->second);
        naming_.erase(waiting);
        for (const auto& id : ids) {
            const auto found = targets_.find(id);
            if (found == targets_.end() || found->second->state != State::naming) continue;
            found->second->state = State::idle;
            wheel_.cancel(found->second->limit);
            next_host(*found->second);
        }
    }
}

void Loop::queue(Watched& one) {
    auto& address = address_of(one.candidates[one.candidate]);
    one.address = &address;
    one.state = State::waiting;
    one.queued = now();
    wheel_.cancel(one.limit);
    ++counters_.waiting;
    if (one.urgent) {
        address.waiting.push_front(&one);
    } else {
        address.waiting.push_back(&one);
    }
    if (address.listed || address.connecting >= options_.connecting_per_address) return;
    address.listed = true;
    if (one.urgent) {
        startable_.push_front(&address);
    } else {
        startable_.push_back(&address);
    }
}

bool Loop::take_token() {
    const auto time = now();
    const auto rate = options_.connects_per_second;
    const auto passed = std::chrono::duration<double>(time - filled_).count();
    tokens_ = std::min(tokens_ + passed * rate, std::max(1.0, rate / 10));
    filled_ = time;
    if (tokens_ >= 1) {
        tokens_ -= 1;
        return true;
    }
    const std::chrono::duration<double> wait{(1 - tokens_) / rate};
    wheel_.set(refill_, time + std::chrono::ceil<Time::duration>(wait));
    return false;
}

// In turns over the addresses, so that one with many databases keeps nobody else waiting.
void Loop::start_waiting() {
    while (!startable_.empty() && open_ < most_) {
        Address& address = *startable_.front();
        const bool room = address.connecting < options_.connecting_per_address;
        if (!room || address.waiting.empty()) {
            startable_.pop_front();
            address.listed = false;
            continue;
        }
        if (!take_token()) return;
        startable_.pop_front();
        startable_.push_back(&address);
        Watched& one = *address.waiting.front();
        address.waiting.pop_front();
        --counters_.waiting;
        connect(one);
    }
}

void Loop::connect(Watched& one) {
    const auto time = now();
    one.deadline += time - one.queued;  // waiting for a turn is not the database's fault
    one.state = State::connecting;
    one.connect_began = time;
    ++one.address->connecting;
    ++counters_.connects;
    counters_.connections = ++open_;
    one.wire = wires_.make(one.target.type);
    enter(one, Phase::tcp);
    const auto& hosts = one.target.hosts;
    const auto& host = hosts[(one.first_host + one.hosts_tried) % hosts.size()];
    follow(one, one.wire->connect(one.target, host, one.candidates[one.candidate]));
}

void Loop::ask(Watched& one) {
    one.state = State::asking;
    one.asked = now();
    enter(one, Phase::query);
    follow(one, one.wire->ask());
}

void Loop::follow(Watched& one, const Step& step) {
    const bool connecting = one.state == State::connecting;
    switch (step.state) {
        case Step::State::waiting:
            watch(one, step.write);
            if (connecting && one.wire->phase() != one.phase) enter(one, one.wire->phase());
            return;
        case Step::State::done:
            if (connecting) {
                watch(one, false);
                connected(one);
            } else {
                watch(one, false);
                finish(one, step.finding);
            }
            return;
        case Step::State::failed:
            close(one);
            if (connecting) {
                connect_failed(one, step.finding);
            } else {
                ask_failed(one, step.finding);
            }
    }
}

void Loop::connected(Watched& one) {
    leave_queue(one);
    one.signed_in = true;
    one.connected_now = true;
    one.connect_time = std::chrono::duration_cast<std::chrono::microseconds>(now() - one.connect_began);
    one.first_host = (one.first_host + one.hosts_tried) % one.target.hosts.size();
    one.hosts_tried = 0;
    ask(one);
}

void Loop::timed_out(Watched& one) {
    switch (one.state) {
        case State::naming:
            one.state = State::idle;
            if (!one.worst) one.worst = Finding{.outcome = Outcome::timed_out, .phase = Phase::name};
            ++one.hosts_tried;
            next_host(one);
            return;
        case State::connecting: {
            const Finding finding{.outcome = Outcome::timed_out, .phase = one.wire->phase()};
            close(one);
            connect_failed(one, finding);
            return;
        }
        case State::asking:
            close(one);
            ask_failed(one, {.outcome = Outcome::timed_out, .phase = Phase::query});
            return;
        case State::idle:
        case State::waiting:
            return;
    }
}

void Loop::connect_failed(Watched& one, const Finding& finding) {
    Address* const address = one.address;
    leave_queue(one);
    one.state = State::idle;
    // Of several addresses and hosts, what came furthest tells most.
    if (!one.worst || finding.phase >= one.worst->phase) one.worst = finding;
    if (address && is_of_the_server(finding.outcome, finding.phase)) share(*address, finding);
    if (now() >= one.deadline) {
        finish(one, *one.worst);
    } else if (++one.candidate < one.candidates.size()) {
        queue(one);
    } else {
        ++one.hosts_tried;
        next_host(one);
    }
}

// Nothing listens there, so nobody else who waits for that address need try: five hundred databases of one dead server
// are found dead as fast as one.
void Loop::share(Address& address, const Finding& finding) {
    for (Watched* const other : std::exchange(address.waiting, {})) {
        --counters_.waiting;
        other->state = State::idle;
        other->address = nullptr;
        other->deadline += now() - other->queued;
        connect_failed(*other, finding);
    }
}

void Loop::ask_failed(Watched& one, const Finding& finding) {
    // The server may have ended the connection while it lay idle.
    if (!one.connected_now && finding.outcome == Outcome::unreachable) {
        one.state = State::idle;
        next_host(one);
    } else {
        finish(one, finding);
    }
}

void Loop::finish(Watched& one, Finding finding) {
    wheel_.cancel(one.limit);
    const bool asked = std::exchange(one.state, State::idle) == State::asking;
    const bool answered = asked && answers(finding.outcome);
    if (answered && finding.outcome == Outcome::ok && now() - one.asked > options_.slow)
        finding.outcome = Outcome::slow;
    report(one, finding);
    if (one.signed_in && open_ + std::min(kPassing, most_ / 2) > most_) close(one);
    one.urgent = false;
}

void Loop::report(Watched& one, const Finding& finding) {
    const auto time = now();
    const bool silent = is_silence(finding.outcome, finding.phase);
    bool turned = false;
    if (!one.judge.open()) {
        const auto& host = one.target.hosts.empty() ? Host{} : one.target.hosts.front();
        turned = network_.note(time, silent, one.judge.failures() == 0, stable_hash(host.name, host.port));
    }
    const auto before = one.judge.status();
    const auto verdict = one.judge.judge(finding, silent && network_.suspect());
    if (verdict.changed) {
        count_status(before, -1);
        count_status(verdict.status, 1);
    }
    ++counters_.checks;
    ++counters_.by_outcome[static_cast<std::size_t>(finding.outcome)];
    Check check{
        .database_id = one.target.id,
        .organization_id = one.target.organization_id,
        .finding = finding,
        .status = verdict.status,
        .changed = verdict.changed,
        .answered = answers(finding.outcome),
        .connected_now = one.connected_now,
        .connect = one.connect_time,
        .at = time
    };
    if (check.answered) check.latency = std::chrono::duration_cast<std::chrono::microseconds>(time - one.asked);
    schedule(one, verdict.next);
    listener_.checked(check);
    for (auto& waiter : std::exchange(one.waiters, {})) waiter(check);
    if (turned) network_changed();
}

void Loop::schedule(Watched& one, std::optional<milliseconds> soon) {
    const auto time = now();
    if (soon) {
        const auto part = 1.0 + options_.spread * static_cast<double>(one.hash & 0xffffU) / 65536.0;
        wheel_.set(one.due, time + std::chrono::duration_cast<milliseconds>(*soon * part));
        return;
    }
    const auto interval = std::max(interval_of(one), milliseconds{1});
    if (one.regular <= time) one.regular += interval * ((time - one.regular) / interval + 1);
    wheel_.set(one.due, one.regular);
}

void Loop::network_changed() {
    counters_.suspect = network_.suspect();
    listener_.network(network_.suspect());
    if (network_.suspect()) return;
    // What was held back is looked at again, and then believed.
    for (auto& [id, one] : targets_) {
        if (one->state != State::idle || one->judge.open() || one->judge.failures() == 0) continue;
        const auto within = static_cast<std::uint64_t>(options_.judge.recheck.count() + 1);
        wheel_.set(one->due, now() + milliseconds{one->hash % within});
    }
}

}  // namespace drydock::health
