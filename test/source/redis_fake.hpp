#pragma once

#include "pryv_export/base/file.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace pryv_export::test {

using words = std::vector<std::string>;

inline std::string bulk(std::string_view text)
{
    return "$" + std::to_string(text.size()) + "\r\n" + std::string{text} + "\r\n";
}

inline std::string bulks(const words& texts)
{
    std::string out = "*" + std::to_string(texts.size()) + "\r\n";
    for (const std::string& text : texts) out += bulk(text);
    return out;
}

struct fake_value
{
    std::string type; ///< "string", "hash", "list", "set", "zset", "stream"
    words texts;
};

/// A Redis server of a few keys that answers as it is told, on a thread of its own. One connection at a time.
class fake_redis
{
public:
    std::map<std::string, fake_value> keys;
    std::vector<words> pages; ///< what SCAN names; a key may be missing from `keys`
    /// Goes before the usual answer. connection: from 0.
    std::function<std::optional<std::string>(std::size_t connection, const words& command)> instead;
    /// Bytes after which a connection is cut; nothing: never.
    std::function<std::optional<std::size_t>(std::size_t connection)> cut;

    fake_redis()
    {
        listener_ = unique_fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(listener_.value(), reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(listener_.value(), 16);
        socklen_t size = sizeof address;
        ::getsockname(listener_.value(), reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
    }
    ~fake_redis() { stop(); }

    void start()
    {
        thread_ = std::thread{[this] { serve(); }};
    }
    void stop()
    {
        ::shutdown(listener_.value(), SHUT_RDWR);
        {
            std::lock_guard const lock{mutex_};
            if (open_ >= 0) ::shutdown(open_, SHUT_RDWR);
            stopping_ = true;
        }
        if (thread_.joinable()) thread_.join();
    }

    std::uint16_t port() const noexcept { return port_; }
    std::size_t connections() const noexcept { return connections_; }
    std::size_t bytes_sent() const noexcept { return sent_; } ///< on the last connection

private:
    void serve()
    {
        for (;;) {
            unique_fd const client{::accept(listener_.value(), nullptr, nullptr)};
            if (!client) return;
            int const yes = 1;
            ::setsockopt(client.value(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            {
                std::lock_guard const lock{mutex_};
                if (stopping_) return;
                open_ = client.value();
            }
            talk(client.value(), connections_++);
            std::lock_guard const lock{mutex_};
            open_ = -1;
        }
    }

    void talk(int client, std::size_t number)
    {
        std::string input;
        sent_ = 0;
        std::optional<std::size_t> const limit = cut ? cut(number) : std::nullopt;
        if (limit && *limit == 0) return;
        for (;;) {
            while (auto const command = take_command(input)) {
                std::string answer = answer_to(number, *command);
                if (limit && sent_ + answer.size() >= *limit) answer.resize(*limit - sent_);
                if (!send_all(client, answer)) return;
                sent_ += answer.size();
                if (limit && sent_ >= *limit) return;
            }
            char block[4096];
            auto const got = ::recv(client, block, sizeof block, 0);
            if (got <= 0) return;
            input.append(block, static_cast<std::size_t>(got));
        }
    }

    static bool send_all(int client, std::string_view text)
    {
        while (!text.empty()) {
            auto const sent = ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    /// "*N\r\n" and N times "$bytes\r\n…\r\n".
    static std::optional<words> take_command(std::string& input)
    {
        std::size_t at = 0;
        auto const number = [&](char mark) -> std::optional<std::size_t> {
            std::size_t const end = input.find("\r\n", at);
            if (end == input.npos || input[at] != mark) return std::nullopt;
            std::size_t value = 0;
            std::from_chars(input.data() + at + 1, input.data() + end, value);
            at = end + 2;
            return value;
        };
        auto const count = number('*');
        if (!count) return std::nullopt;
        words command;
        for (std::size_t i = 0; i < *count; ++i) {
            auto const bytes = number('$');
            if (!bytes || input.size() < at + *bytes + 2) return std::nullopt;
            command.push_back(input.substr(at, *bytes));
            at += *bytes + 2;
        }
        input.erase(0, at);
        return command;
    }

    std::string answer_to(std::size_t connection, const words& command)
    {
        if (instead) {
            if (auto const answer = instead(connection, command)) return *answer;
        }
        const std::string& name = command.front();
        if (name == "AUTH" || name == "SELECT") return "+OK\r\n";
        if (name == "INFO") return bulk("# Cluster\r\ncluster_enabled:0\r\n");
        if (name == "DBSIZE") return ":" + std::to_string(keys.size()) + "\r\n";
        if (name == "SCAN") return page(command.at(1));
        auto const found = keys.find(command.at(1));
        bool const there = found != keys.end();
        if (name == "TYPE") return "+" + (there ? found->second.type : "none") + "\r\n";
        return value_of(name, there ? &found->second : nullptr);
    }

    std::string page(const std::string& cursor) const
    {
        std::size_t const number = std::stoul(cursor);
        std::string const next = number + 1 < pages.size() ? std::to_string(number + 1) : "0";
        return "*2\r\n" + bulk(next) + bulks(number < pages.size() ? pages[number] : words{});
    }

    static std::string value_of(const std::string& command, const fake_value* value)
    {
        static const std::map<std::string, std::string> types{{"GET", "string"},
                                                              {"HGETALL", "hash"},
                                                              {"LRANGE", "list"},
                                                              {"SMEMBERS", "set"},
                                                              {"ZRANGE", "zset"}};
        bool const single = command == "GET";
        if (value == nullptr) return single ? "$-1\r\n" : "*0\r\n";
        if (types.at(command) != value->type)
            return "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
        return single ? bulk(value->texts.front()) : bulks(value->texts);
    }

    unique_fd listener_;
    std::uint16_t port_ = 0;
    std::thread thread_;
    std::atomic<std::size_t> connections_{0};
    std::atomic<std::size_t> sent_{0};
    std::mutex mutex_;
    int open_ = -1;
    bool stopping_ = false;
};

} // namespace pryv_export::test
