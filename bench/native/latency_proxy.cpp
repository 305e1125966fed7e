// latency_proxy SERVER_PORT MICROSECONDS: prints the port on 127.0.0.1 it listens on, and passes each byte on
// that many microseconds after it came, in both directions. It delays and does not throttle: what arrives is
// read at once and may queue without bound, and neither side waits for acknowledgements (TCP_NODELAY).
// It ends when its standard input does, so it can't outlive whoever started it.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <list>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Chunk {
    Clock::time_point due;
    std::string bytes;  // empty: the sender closed its side
};

struct Direction {
    int from;
    int to;
    std::deque<Chunk> queue{};
    bool reading = true;
    bool blocked = false;  // the receiver's buffer is full: wait for POLLOUT
    bool done = false;
};

struct Link {
    Direction up;
    Direction down;
};

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

void prepare(int socket) {
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
}

int listen_anywhere() {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener, 64) != 0) fail("listen");
    if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    return listener;
}

void accept_link(int listener, int server_port, std::list<Link>& links) {
    const int client = accept(listener, nullptr, nullptr);
    if (client < 0) return;
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = loopback(server_port);
    if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        close(server);
        close(client);
        return;
    }
    prepare(client);
    prepare(server);
    links.push_back({.up = {.from = client, .to = server}, .down = {.from = server, .to = client}});
}

void receive(Direction& way, std::chrono::microseconds delay) {
    static std::vector<char> buffer(1 << 18);
    for (;;) {
        const ssize_t count = recv(way.from, buffer.data(), buffer.size(), 0);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return;
        const auto due = Clock::now() + delay;
        if (count <= 0) {
            way.queue.push_back({due, {}});
            way.reading = false;
            return;
        }
        way.queue.push_back({due, std::string(buffer.data(), static_cast<size_t>(count))});
    }
}

void send_due(Direction& way) {
    way.blocked = false;
    while (!way.queue.empty() && way.queue.front().due <= Clock::now()) {
        std::string& bytes = way.queue.front().bytes;
        if (bytes.empty()) {
            shutdown(way.to, SHUT_WR);
            way.done = true;
        } else {
            const ssize_t count = send(way.to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0 && errno == EAGAIN) {
                way.blocked = true;
                return;
            }
            if (count < 0) {
                way.reading = false;
                way.done = true;
                way.queue.clear();
                return;
            }
            if (static_cast<size_t>(count) < bytes.size()) {
                bytes.erase(0, static_cast<size_t>(count));
                continue;
            }
        }
        way.queue.pop_front();
    }
}

// Waits for bytes, for room, or for the first chunk that falls due.
void wait(std::vector<pollfd>& files, const std::list<Link>& links) {
    auto first = Clock::time_point::max();
    for (const Link& link : links) {
        for (const Direction* way : {&link.up, &link.down}) {
            if (way->reading) files.push_back({way->from, POLLIN, 0});
            if (way->blocked)
                files.push_back({way->to, POLLOUT, 0});
            else if (!way->queue.empty())
                first = std::min(first, way->queue.front().due);
        }
    }
    timespec time{};
    if (first != Clock::time_point::max()) {
        const auto left = std::max<Clock::duration>(first - Clock::now(), Clock::duration::zero());
        const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
        time.tv_sec = nanoseconds / 1'000'000'000;
        time.tv_nsec = nanoseconds % 1'000'000'000;
    }
    ppoll(files.data(), files.size(), first == Clock::time_point::max() ? nullptr : &time, nullptr);
}

void serve(int listener, int server_port, std::chrono::microseconds delay) {
    std::list<Link> links;
    for (;;) {
        std::vector<pollfd> files{{STDIN_FILENO, POLLIN, 0}, {listener, POLLIN, 0}};
        wait(files, links);
        if (files[0].revents != 0) return;
        if (files[1].revents != 0) accept_link(listener, server_port, links);
        for (auto link = links.begin(); link != links.end();) {
            for (Direction* way : {&link->up, &link->down}) {
                if (way->reading) receive(*way, delay);
                send_due(*way);
            }
            if (link->up.done && link->down.done) {
                close(link->up.from);
                close(link->down.from);
                link = links.erase(link);
            } else {
                ++link;
            }
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: latency_proxy SERVER_PORT MICROSECONDS\n");
        return 2;
    }
    prctl(PR_SET_TIMERSLACK, 1);  // the kernel's default adds 50 microseconds to every wait
    serve(listen_anywhere(), std::atoi(argv[1]), std::chrono::microseconds(std::atoi(argv[2])));
}
