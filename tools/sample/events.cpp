#include "events.hpp"

#include "content.hpp"
#include "ids.hpp"
#include "rng.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace sample {

namespace {

enum purpose : std::uint64_t
{
    for_time = 20,
    for_traits,
    for_id,
    for_history_id,
    for_body,
    for_file,
    for_pick
};

enum class removal
{
    none,
    minimal,
    with_nulls,
    keep_authors,
    keep_everything
};

constexpr double natural_event_bytes = 480;
constexpr double share_of_text = 0.18;
constexpr std::uint64_t events_per_slice = 20000;

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> file_kinds{
    {{"photo.jpg", "image/jpeg"},
     {"Bericht – März.pdf", "application/pdf"},
     {"写真 1.png", "image/png"},
     {"données (été).csv", "text/csv"},
     {"voice memo 🎤.m4a", "audio/mp4"},
     {"scan.tiff", "image/tiff"},
     {"export.json", "application/json"},
     {"no-extension", "application/octet-stream"}}};

double seconds(std::uint64_t milliseconds)
{
    return static_cast<double>(milliseconds) / 1000.0;
}

} // namespace

struct event_source::traits
{
    std::uint64_t created = 0;
    subject what = subject::number;
    unsigned versions = 0;
    removal removed = removal::none;
    bool trashed = false;
    bool files = false;
    std::uint64_t body = 0;
};

std::string_view file_bytes(std::uint64_t key, std::uint64_t size)
{
    thread_local std::string buffer;
    const auto wanted = static_cast<std::size_t>(size);
    buffer.resize(wanted + 8);
    rng random(key);
    for (std::size_t i = 0; i < wanted; i += 8) {
        const std::uint64_t word = random.next();
        std::memcpy(buffer.data() + i, &word, 8);
    }
    return {buffer.data(), wanted};
}

event_source::event_source(const deployment& plan, const user_plan& user) : plan_(plan), user_(user)
{
    const std::uint64_t span = plan.end_ms - user.start_ms - 2 * edit_window_ms;
    step_ms_ = static_cast<double>(span) / static_cast<double>(std::max<std::uint64_t>(user.events, 1));
    if (plan.opt.event_bytes > natural_event_bytes) {
        text_bytes_ += (plan.opt.event_bytes - natural_event_bytes) / share_of_text;
    }
}

std::uint64_t event_source::created_ms(std::uint64_t k) const
{
    const double jitter = static_cast<double>(mix(user_.key, for_time, k) >> 11U) * 0x1.0p-53;
    // The first hour belongs to registration, so that no event precedes its stream.
    return user_.start_ms + edit_window_ms +
           static_cast<std::uint64_t>((static_cast<double>(k) + jitter) * step_ms_);
}

std::pair<std::uint64_t, std::uint64_t> event_source::created_within(std::uint64_t from,
                                                                     std::uint64_t to) const
{
    const std::uint64_t base = user_.start_ms + edit_window_ms;
    const auto position = [&](std::uint64_t at) {
        if (at <= base) return 0.0;
        return static_cast<double>(at - base) / step_ms_;
    };
    const double low = std::max(position(from) - 2, 0.0);
    const double high = position(to) + 2;
    if (to <= base) return {0, 0};
    return {std::min(static_cast<std::uint64_t>(low), user_.events),
            static_cast<std::uint64_t>(std::min(high, static_cast<double>(user_.events)))};
}

std::string event_source::event_id(std::uint64_t k) const
{
    return cuid(created_ms(k), k, user_.key >> 20U, mix(user_.key, for_id, k));
}

std::optional<std::uint64_t> event_source::rank_with_files(std::uint64_t k) const
{
    if (user_.with_files == 0) return std::nullopt;
    const auto j =
        static_cast<std::uint64_t>(static_cast<unsigned __int128>(k) * user_.with_files / user_.events);
    if (event_with_files(j) == k) return j;
    if (j + 1 < user_.with_files && event_with_files(j + 1) == k) return j + 1;
    return std::nullopt;
}

std::uint64_t event_source::event_with_files(std::uint64_t j) const
{
    return static_cast<std::uint64_t>(static_cast<unsigned __int128>(2 * j + 1) * user_.events /
                                      (2 * user_.with_files));
}

event_source::traits event_source::traits_of(std::uint64_t k) const
{
    rng random(user_.key, for_traits, k);
    traits t;
    t.created = created_ms(k);
    t.files = rank_with_files(k).has_value();
    t.what = pick_subject(random);
    if (t.files) t.what = subject::picture;
    const double fate = random.unit();
    const std::uint64_t detail = random.next();
    const auto& opt = plan_.opt;
    if (fate < opt.deletions) {
        constexpr std::array<removal, 5> modes{removal::minimal, removal::minimal, removal::with_nulls,
                                               removal::keep_authors, removal::keep_everything};
        t.removed = t.files ? removal::keep_everything : modes[detail % modes.size()];
    } else if (fate < opt.deletions + opt.trashed) {
        t.trashed = true;
    }
    const bool edited = random.chance(opt.history);
    if (edited && t.removed == removal::none) t.versions = 1 + static_cast<unsigned>(detail >> 32U) % 2;
    t.body = random.next();
    return t;
}

unsigned event_source::versions(std::uint64_t k) const
{
    return traits_of(k).versions;
}

std::uint64_t event_source::history_ms(std::uint64_t k, unsigned v) const
{
    return created_ms(k) + 1000 + (v + 1) * (edit_window_ms / 4) +
           mix(user_.key, k, v) % (edit_window_ms / 8);
}

bool event_source::history_is_text(std::uint64_t k, unsigned v) const
{
    return plan_.opt.version == v1_version::v1_8_1 || mix(user_.key, for_history_id, k, v) % 16 == 0;
}

std::vector<stored_file> event_source::files(std::uint64_t k, bool with_integrity) const
{
    std::vector<stored_file> found;
    const auto rank = rank_with_files(k);
    if (!rank) return found;
    rng random(user_.key, for_file, k);
    const std::uint64_t number = random.chance(0.25) ? 2 : 1;
    for (std::uint64_t i = 0; i < number; ++i) {
        stored_file file;
        file.event_id = event_id(k);
        file.key = mix(user_.key, for_file, k, i);
        const auto& [name, type] = random.pick(file_kinds);
        file.item.id = cuid(created_ms(k) + i, file.key);
        file.item.file_name = name;
        file.item.type = type;
        const double size = -std::log(1.0 - random.unit()) * plan_.opt.attachment_bytes;
        file.item.size = random.chance(0.01) ? 0 : std::floor(size) + 1;
        if (i == 0 && *rank < user_.large_files) {
            file.item.size = static_cast<double>(plan_.opt.large_attachment_bytes);
        }
        if (with_integrity) {
            file.item.integrity =
                "sha256-" + digest_base64(file_bytes(file.key, static_cast<std::uint64_t>(file.item.size)));
        }
        found.push_back(std::move(file));
    }
    return found;
}

event_doc event_source::make(std::uint64_t k, const traits& t, unsigned version) const
{
    rng random(t.body);
    event_doc event;
    event.id = event_id(k);
    event.user_id = user_.id;
    event.stream_ids.push_back(
        user_.stream_id(std::min(random.below(user_.streams), random.below(user_.streams))));
    if (random.chance(0.12)) {
        auto other = user_.stream_id(random.below(user_.streams));
        if (other != event.stream_ids.front()) event.stream_ids.push_back(std::move(other));
    }
    event.type = type_of(t.what, random);
    std::uint64_t time_ms = t.created - random.below(5000);
    if (random.chance(0.3)) time_ms -= random.below(30ULL * 86400000);
    event.time = random.chance(0.2) ? seconds(time_ms / 1000 * 1000) : seconds(time_ms);
    const bool period = t.what == subject::period || t.what == subject::period_with_text;
    if (period) {
        event.running = random.chance(0.05);
        const std::uint64_t length = 1 + random.below(6ULL * 3600000);
        event.duration = random.chance(0.7) ? seconds(length / 1000 * 1000) : seconds(length);
    }
    event.created = seconds(t.created);
    event.created_by = user_.access_id(random.below(user_.accesses));
    if (random.chance(0.03)) event.created_by += " caller-7";
    event.modified = event.created;
    event.modified_by = event.created_by;
    const bool touched = t.versions == 0 && random.chance(0.1);
    if (touched) event.modified = seconds(t.created + 1 + random.below(edit_window_ms));
    if (version > 0) event.modified = seconds(history_ms(k, version - 1));
    rng wording(t.body, version, 3);
    if (wording.chance(0.12)) event.description = make_text(wording, 40);
    for (auto& file : files(k, true)) event.attachments.push_back(std::move(file.item));
    return event;
}

void event_source::append(std::uint64_t k, const traits& t, unsigned version, const event_doc& event,
                          bson_out& out) const
{
    rng random(user_.key, for_body, k, version);
    append_event(
        out, event,
        [&](bson_out& to) {
            return append_content(to, t.what, event.type, random, text_bytes_, plan_.opt.ferretdb);
        },
        [&](bson_out& to) { return append_client_data(to, random); });
}

void event_source::append_head(std::uint64_t k, bson_out& out, counters& counts) const
{
    const traits t = traits_of(k);
    event_doc event = make(k, t, t.versions);
    event.trashed = t.trashed;
    ++counts[count::events];
    if (t.removed == removal::none) {
        ++counts[count::heads];
        if (t.trashed) ++counts[count::trashed];
        counts[count::files_listed] += event.attachments.size();
        if (is_rebased(event)) ++counts[count::rebased];
        return append(k, t, t.versions, event, out);
    }
    ++counts[count::deletions];
    event.deleted = seconds(
        std::min<std::uint64_t>(t.created + 60000 + mix(t.body, 4) % (40ULL * 86400000), plan_.end_ms));
    if (t.removed == removal::keep_everything) {
        if (is_rebased(event)) ++counts[count::rebased];
        counts[count::files_listed] += event.attachments.size();
        return append(k, t, 0, event, out);
    }
    append_deletion(out, event, t.removed == removal::keep_authors, t.removed == removal::with_nulls);
}

void event_source::append_history(std::uint64_t k, unsigned v, bson_out& out, counters& counts) const
{
    const traits t = traits_of(k);
    event_doc event = make(k, t, v);
    event.head_id = event.id;
    const std::uint64_t written = history_ms(k, v);
    if (history_is_text(k, v)) {
        event.id = cuid(written, mix(user_.key, for_history_id, k, v));
        event.hash_id = event.id;
    } else {
        event.oid = make_object_id(written, mix(user_.key, 6), k * 4 + v);
    }
    ++counts[count::events];
    ++counts[count::history];
    if (is_rebased(event)) ++counts[count::rebased];
    append(k, t, v, event, out);
}

namespace {

struct account_value
{
    std::string_view stream;
    std::string_view type;
    std::string text;
    double number = 0;
    bool unique = false;
    bool active = true;
    std::uint64_t offset_ms = 0;
};

std::vector<account_value> account_values(const user_plan& user)
{
    std::vector<account_value> values{
        {":system:email", "email/string", user.email(), 0, true, true, 0},
        {":_system:language", "language/iso-639-1", user.first_language(), 0, false, true, 1},
        {":_system:appId", "identifier/string", "pryv-test", 0, false, true, 2},
        {":_system:invitationToken", "token/string", "no-token", 0, false, true, 3},
        {":_system:dbDocuments", "data-quantity/b", "", static_cast<double>(user.events * 500), false, true,
         4},
        {":_system:attachedFiles", "data-quantity/b", "", static_cast<double>(user.with_files * 20000), false,
         true, 5}};
    if (user.referer) {
        values.push_back({":_system:referer", "identifier/string", "newsletter", 0, false, true, 6});
    }
    if (user.second_email) {
        values.push_back({":system:email", "email/string", "old." + user.email(), 0, false, false, 600000});
    }
    return values;
}

event_doc account_doc(const user_plan& user, const account_value& value)
{
    const std::uint64_t at = user.start_ms + value.offset_ms;
    event_doc event;
    event.id = cuid(at, mix(user.key, for_pick, value.offset_ms));
    event.user_id = user.id;
    event.stream_ids.emplace_back(value.stream);
    if (value.active) event.stream_ids.emplace_back(":_system:active");
    if (value.unique) event.stream_ids.emplace_back(":_system:unique");
    event.type = value.type;
    event.time = event.created = event.modified = seconds(at);
    event.created_by = event.modified_by = value.active ? "system" : user.access_id(0);
    event.account = true;
    return event;
}

void append_account(bson_out& out, const event_doc& event, const account_value& value)
{
    append_event(
        out, event,
        [&](bson_out& to) {
            if (value.text.empty()) {
                to.number("content", value.number);
            } else {
                to.string("content", value.text);
            }
            return true;
        },
        [](bson_out&) { return false; });
}

constexpr std::uint64_t language_change_ms = 1200000;

} // namespace

void append_account_events(const deployment& plan, const user_plan& user, std::uint64_t from,
                           std::uint64_t to, id_kind kind, bson_out& out, counters& counts)
{
    if (to <= user.start_ms || from > user.start_ms + edit_window_ms) return;
    const auto within = [&](std::uint64_t at) { return at >= from && at < to; };
    const id_kind history_kind = plan.opt.version == v1_version::v1_8_1 ? id_kind::text : id_kind::object;
    for (const auto& value : account_values(user)) {
        event_doc event = account_doc(user, value);
        const bool changed = user.language_changed && value.stream == ":_system:language";
        const std::uint64_t changed_at = user.start_ms + language_change_ms;
        if (changed && kind == history_kind && within(changed_at)) {
            event_doc old = event;
            old.head_id = event.id;
            if (kind == id_kind::object) {
                old.oid = make_object_id(changed_at, mix(user.key, 7), 1);
            } else {
                old.hash_id = old.id = cuid(changed_at, mix(user.key, 8));
            }
            append_account(out, old, value);
            ++counts[count::events];
            ++counts[count::account_other];
        }
        if (kind != id_kind::text || !within(user.start_ms + value.offset_ms)) continue;
        account_value current = value;
        if (changed) {
            current.text = user.language();
            event.modified = seconds(changed_at);
            event.modified_by = user.access_id(0);
        }
        append_account(out, event, current);
        ++counts[count::events];
        ++counts[value.active ? count::account_fields : count::account_other];
    }
}

slice_plan::slice_plan(const deployment& plan) : plan_(plan)
{
    slices_ = std::max<std::uint64_t>(1, plan.opt.total_events() / events_per_slice);
    passes_ = plan.opt.order == record_order::id ? 2 : 1;
}

namespace {

struct piece
{
    std::size_t offset = 0;
    std::size_t length = 0;
};

/// Collects documents of one slice and puts them into the wanted order.
class slice_builder
{
public:
    slice_builder(const deployment& plan, std::uint64_t from, std::uint64_t to, bool text, bool object)
        : plan_(plan), from_(from), to_(to), text_(text), object_(object)
    {
    }

    void add_user(const user_plan& user)
    {
        counters counts;
        if (text_) account(user, id_kind::text, counts);
        if (object_) account(user, id_kind::object, counts);
        if (user.events > 0) add_events(user, counts);
        if (counts[count::events] > 0) slice_.counts.emplace_back(user.index, counts);
    }

    event_slice finish(std::uint64_t key)
    {
        if (plan_.opt.order == record_order::id) {
            sort_by_id();
        } else {
            shuffle(key);
        }
        slice_.bytes.reserve(out_.size());
        for (const auto& p : pieces_) slice_.bytes.append(out_.bytes(), p.offset, p.length);
        slice_.documents = pieces_.size();
        return std::move(slice_);
    }

private:
    void account(const user_plan& user, id_kind kind, counters& counts)
    {
        const std::size_t before = out_.size();
        append_account_events(plan_, user, from_, to_, kind, out_, counts);
        // Several documents: split them again by their length prefix.
        for (std::size_t at = before; at < out_.size();) {
            std::uint32_t length = 0;
            std::memcpy(&length, out_.bytes().data() + at, 4);
            pieces_.push_back({at, length});
            at += length;
        }
    }

    void add_events(const user_plan& user, counters& counts)
    {
        const event_source source(plan_, user);
        const std::uint64_t early = from_ > edit_window_ms ? from_ - edit_window_ms : 0;
        const auto [first, last] = source.created_within(early, to_);
        for (std::uint64_t k = first; k < last; ++k) {
            if (text_ && within(source.created_ms(k))) {
                add([&] { source.append_head(k, out_, counts); });
            }
            const unsigned versions = source.versions(k);
            for (unsigned v = 0; v < versions; ++v) {
                const bool wanted = source.history_is_text(k, v) ? text_ : object_;
                if (wanted && within(source.history_ms(k, v))) {
                    add([&] { source.append_history(k, v, out_, counts); });
                }
            }
        }
    }

    bool within(std::uint64_t at) const { return at >= from_ && at < to_; }

    template <class Append>
    void add(Append append)
    {
        const std::size_t before = out_.size();
        append();
        pieces_.push_back({before, out_.size() - before});
    }

    void sort_by_id()
    {
        // The id begins right after length, type and name; text has a length prefix.
        const std::size_t skip = text_ ? 13 : 9;
        const std::size_t size = text_ ? 25 : 12;
        const char* bytes = out_.bytes().data();
        std::sort(pieces_.begin(), pieces_.end(), [&](const piece& a, const piece& b) {
            return std::memcmp(bytes + a.offset + skip, bytes + b.offset + skip, size) < 0;
        });
    }

    void shuffle(std::uint64_t key)
    {
        rng random(key);
        for (std::size_t i = pieces_.size(); i > 1; --i) std::swap(pieces_[i - 1], pieces_[random.below(i)]);
    }

    const deployment& plan_;
    std::uint64_t from_;
    std::uint64_t to_;
    bool text_;
    bool object_;
    bson_out out_;
    std::vector<piece> pieces_;
    event_slice slice_;
};

} // namespace

event_slice slice_plan::make(std::uint64_t index) const
{
    const std::uint64_t slice = index % slices_;
    const bool natural = passes_ == 1;
    const bool first_pass = index < slices_;
    const std::uint64_t span = plan_.end_ms - plan_.begin_ms;
    const auto edge = [&](std::uint64_t i) {
        // Whole seconds, because that is all an ObjectId keeps.
        const auto offset = static_cast<std::uint64_t>(static_cast<unsigned __int128>(span) * i / slices_);
        return plan_.begin_ms + offset / 1000 * 1000;
    };
    slice_builder builder(plan_, edge(slice), edge(slice + 1), natural || first_pass, natural || !first_pass);
    for (const auto& user : plan_.users) {
        if (user.start_ms >= edge(slice + 1)) break;
        builder.add_user(user);
    }
    return builder.finish(mix(plan_.opt.seed, index));
}

} // namespace sample
