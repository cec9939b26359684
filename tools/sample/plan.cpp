#include "plan.hpp"

#include "ids.hpp"
#include "rng.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>

namespace sample {

namespace {

constexpr std::uint64_t three_years_ms = 3ULL * 365 * 86400 * 1000;

enum purpose : std::uint64_t
{
    for_user = 1,
    for_name,
    for_weight,
    for_stream,
    for_access
};

constexpr std::array<std::string_view, 24> names{"ada",   "bruno", "carla", "diego",  "elena", "farid",
                                                 "greta", "hugo",  "ines",  "jonas",  "keiko", "liam",
                                                 "maria", "nadia", "oscar", "petra",  "quinn", "rosa",
                                                 "sven",  "tania", "ulla",  "viktor", "wanda", "yusuf"};
constexpr std::array<std::string_view, 16> words{"alp",  "bay",   "cedar", "dune", "echo", "fox",
                                                 "gale", "hill",  "iris",  "jet",  "kite", "lake",
                                                 "moon", "north", "oak",   "pine"};
constexpr std::array<std::string_view, 6> languages{"en", "fr", "de", "it", "es", "pt"};
constexpr std::array<std::string_view, 8> well_known_streams{"diary",    "weight", "heart", "work",
                                                             "position", "sleep",  "notes", "health"};

/// 5 to 23 characters of [a-z0-9-], unique through its number in base 36.
std::string make_username(rng& random, std::uint64_t index)
{
    std::string name(random.pick(names));
    if (random.chance(0.5)) (name += '-').append(random.pick(words));
    std::string number;
    for (std::uint64_t rest = index + 36; rest != 0; rest /= 36) {
        number += "0123456789abcdefghijklmnopqrstuvwxyz"[rest % 36];
    }
    return name + number;
}

std::vector<double> make_weights(const options& opt)
{
    std::vector<double> weights(opt.users, 1.0);
    if (opt.spread == distribution::pareto) {
        for (std::uint64_t u = 0; u < opt.users; ++u) {
            rng random(opt.seed, for_weight, u);
            weights[u] = random.chance(0.02) ? 0.0 : std::pow(1.0 - random.unit(), -1.0 / 1.2);
        }
    }
    if (opt.one_big_user > 0 && opt.users > 1) {
        double rest = 0;
        for (std::uint64_t u = 1; u < opt.users; ++u) rest += weights[u];
        weights[0] = rest * opt.one_big_user / std::max(1.0 - opt.one_big_user, 1e-9);
    }
    return weights;
}

/// Splits `total` by weight; the parts add up exactly.
std::vector<std::uint64_t> apportion(std::uint64_t total, const std::vector<double>& weights)
{
    double sum = 0;
    for (const double w : weights) sum += w;
    std::vector<std::uint64_t> parts(weights.size());
    double seen = 0;
    std::uint64_t given = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        seen += weights[i];
        const bool last = i + 1 == weights.size();
        const auto upto = last || sum == 0
                              ? (last ? total : 0)
                              : static_cast<std::uint64_t>(static_cast<double>(total) * (seen / sum));
        parts[i] = std::max(upto, given) - given;
        given += parts[i];
    }
    return parts;
}

} // namespace

std::string user_plan::stream_id(std::uint64_t index_of_stream) const
{
    if (index_of_stream < well_known_streams.size() && mix(key, for_stream) % 3 != 0) {
        return std::string(well_known_streams[index_of_stream]);
    }
    return cuid(start_ms + index_of_stream * 10, mix(key, for_stream, index_of_stream));
}

std::string user_plan::access_id(std::uint64_t index_of_access) const
{
    return cuid(start_ms + index_of_access * 7, mix(key, for_access, index_of_access));
}

std::string user_plan::language() const
{
    return std::string(languages[mix(key, 77) % languages.size()]);
}

std::string user_plan::first_language() const
{
    return std::string(languages[(mix(key, 77) + 1) % languages.size()]);
}

user_plan make_user(const options& opt, std::uint64_t index, std::uint64_t start_ms, std::uint64_t events)
{
    user_plan user;
    user.index = index;
    user.key = mix(opt.seed, for_user, index);
    user.start_ms = start_ms;
    user.events = events;
    rng random(user.key, for_name);
    user.username = make_username(random, index);
    user.id = random.chance(0.02) ? "u_" + std::to_string(index) : cuid(start_ms, mix(user.key, 9));
    user.streams = 1 + std::min<std::uint64_t>(count_around(random, opt.streams_per_user - 1), 900);
    user.accesses = 1 + std::min<std::uint64_t>(count_around(random, opt.accesses_per_user - 1), 900);
    user.audit_rows = count_around(random, opt.audit_per_user);
    const bool attach = opt.files && events > 0;
    user.with_files = attach ? std::min(count_around(random, opt.attachments_per_user / 1.25), events) : 0;
    const std::uint64_t sharers = std::max<std::uint64_t>(opt.users, 1);
    const std::uint64_t large =
        opt.large_attachments / sharers + (index < opt.large_attachments % sharers ? 1 : 0);
    user.large_files = std::min(large, user.with_files);
    user.passwords = random.between(1, 3);
    user.key_values = opt.version == v1_version::v1_9_3 ? random.below(4) : 0;
    user.second_email = random.chance(0.2);
    user.language_changed = random.chance(0.15);
    user.referer = random.chance(0.5);
    user.keeps_wal = opt.wal && random.chance(opt.users > 1000 ? 0.05 : 0.5);
    return user;
}

deployment make_plan(const options& opt)
{
    deployment plan;
    plan.opt = opt;
    plan.end_ms = deployment_end_ms;
    plan.begin_ms = deployment_end_ms - three_years_ms;
    const auto events = apportion(opt.total_events(), make_weights(opt));
    const double step = 0.8 * static_cast<double>(three_years_ms) /
                        static_cast<double>(std::max<std::uint64_t>(opt.users, 1));
    plan.users.reserve(opt.users);
    for (std::uint64_t u = 0; u < opt.users; ++u) {
        const double jitter = rng(opt.seed, u, 5).unit();
        const auto start =
            plan.begin_ms + static_cast<std::uint64_t>((static_cast<double>(u) + jitter) * step);
        plan.users.push_back(make_user(opt, u, start, events[u]));
    }
    // Which user has a log left behind must not depend on luck alone in a small deployment.
    if (opt.wal && !plan.users.empty()) plan.users.front().keeps_wal = true;
    return plan;
}

} // namespace sample
