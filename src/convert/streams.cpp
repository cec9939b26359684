#include "pryv_export/convert/collections.hpp"

#include "member_text.hpp"
#include "record_writer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <limits>
#include <memory_resource>
#include <unordered_map>
#include <unordered_set>

namespace pryv_export::convert {

namespace {

enum member : std::size_t
{
    name,
    parent_id,
    client_data,
    single_activity,
    trashed,
    created,
    created_by,
    modified,
    modified_by,
    deleted,
};

const schema& stream_schema()
{
    static const schema members{kind::streams,
                                "streamId",
                                {{"name", field_kind::text},
                                 {"parentId", field_kind::text},
                                 {"clientData", field_kind::object},
                                 {"singleActivity", field_kind::boolean},
                                 {"trashed", field_kind::boolean},
                                 {"created", field_kind::number},
                                 {"createdBy", field_kind::text},
                                 {"modified", field_kind::number},
                                 {"modifiedBy", field_kind::text},
                                 {"deleted", field_kind::number}}};
    return members;
}

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

enum class fate : std::uint8_t
{
    unreadable, ///< read() ends it
    live,
    deleted,
    duplicate, ///< another record has the id
};

enum class parent_problem : std::uint8_t
{
    nothing,
    missing,
    cycle
};

/// What the shape of the tree depends on.
struct node
{
    std::string_view id;
    std::string_view name;
    std::string_view parent_id;
    std::uint32_t parent = none;
    std::uint32_t last_waiting = none;     ///< the youngest of the children that were met before their parent
    std::uint32_t previous_waiting = none; ///< the next older one
    fate what = fate::unreadable;
    parent_problem problem = parent_problem::nothing;
    bool has_parent_id = false;
    bool has_name = false;
    bool placed = false; ///< in the order of writing
    bool written = false;
    bool name_is_mine = false; ///< first sibling of this name
    std::size_t path_bytes = 0;
    std::uint64_t path_hash = 0;
};

/// Numbers by what they stand for: open addressing, at most half full.
class index_table
{
public:
    explicit index_table(std::size_t entries) : slots_(std::bit_ceil(2 * entries + 2), none) {}

    /// The slot of an equal entry, or the free one where it belongs.
    template <class Equal>
    std::uint32_t& slot_of(std::size_t hash, Equal equal)
    {
        auto const mask = slots_.size() - 1;
        auto at = hash & mask;
        while (slots_[at] != none && !equal(slots_[at])) at = (at + 1) & mask;
        return slots_[at];
    }

private:
    std::vector<std::uint32_t> slots_;
};

/// FNV-1a, to be continued: a child's path goes on where its parent's ends.
constexpr std::uint64_t empty_path = 0xcbf29ce484222325U;
std::uint64_t longer_path(std::uint64_t hash, std::string_view id) noexcept
{
    auto const add = [&](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U; };
    for (char c : id) add(c);
    add('/');
    return hash;
}

record_writer& writer_of_this_thread()
{
    thread_local record_writer writer{stream_schema()};
    return writer;
}

/// All streams of a user. Two passes over the documents: the first reads what decides order and names, the
/// second converts in that order.
class stream_tree
{
public:
    stream_tree(std::span<const record> records, const rules& configuration, output& out)
        : records_{records}, limits_{configuration}, out_{out}, nodes_(records.size()), ids_{records.size()},
          names_{records.size()}
    {
    }

    void convert()
    {
        for (std::uint32_t i = 0; i < nodes_.size(); ++i) read(i);
        for (node& each : nodes_) find_parent(each);
        break_cycles();
        order_parents_first();
        for (std::uint32_t i : order_) claim_name(i);
        for (std::uint32_t i : order_) write_live(i);
        for (std::uint32_t i = 0; i < nodes_.size(); ++i)
            if (nodes_[i].what == fate::deleted) write_deleted(i);
        for (std::uint32_t i = 0; i < nodes_.size(); ++i)
            if (nodes_[i].what == fate::duplicate || nodes_[i].what == fate::unreadable) leave_out(i);
    }

private:
    // first pass

    void read(std::uint32_t index)
    {
        node& each = nodes_[index];
        if (!writer_.read(records_[index], first_pass_)) {
            first_pass_.clear();
            return;
        }
        each.id = keep(writer_.id());
        each.what = is_deleted(writer_, deleted, modified, created) ? fate::deleted : fate::live;
        has_slash_ = has_slash_ || each.id.find('/') != std::string_view::npos;
        if (each.what == fate::live) {
            each.name = keep_text(name, each.has_name);
            each.parent_id = keep_text(parent_id, each.has_parent_id);
        }
        register_id(index);
    }

    /// The first of an id is kept, but a live one before a deleted one.
    void register_id(std::uint32_t index)
    {
        node& each = nodes_[index];
        auto& slot = slot_of_id(each.id);
        if (slot == none) {
            slot = index;
        } else if (each.what == fate::live && nodes_[slot].what == fate::deleted) {
            nodes_[slot].what = fate::duplicate;
            slot = index;
        } else {
            each.what = fate::duplicate;
        }
    }

    std::uint32_t& slot_of_id(std::string_view id)
    {
        return ids_.slot_of(std::hash<std::string_view>{}(id),
                            [&](std::uint32_t i) { return nodes_[i].id == id; });
    }

    std::string_view keep(std::string_view text)
    {
        if (text.empty()) return {};
        auto* const copy = static_cast<char*>(arena_.allocate(text.size(), 1));
        std::memcpy(copy, text.data(), text.size());
        return {copy, text.size()};
    }

    std::string_view keep_text(std::size_t index, bool& present)
    {
        if (writer_.is_text(index)) { // the common case, without a copy on the heap
            present = true;
            return keep(writer_.text(index));
        }
        auto const text = text_of_member(writer_, index);
        present = text.has_value();
        return keep(text.value_or(""));
    }

    // the tree

    void find_parent(node& each)
    {
        if (each.what != fate::live || !each.has_parent_id) return;
        auto const parent = slot_of_id(each.parent_id);
        if (parent != none && nodes_[parent].what == fate::live)
            each.parent = parent;
        else
            each.problem = parent_problem::missing;
    }

    /// Each stream has one parent at most, so a walk upwards ends at a root, where an earlier walk passed, or
    /// in a cycle. A cycle is cut above the member that v1 stored first.
    void break_cycles()
    {
        std::vector<std::uint32_t> walk_of(nodes_.size(), none);
        for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
            std::uint32_t at = i;
            while (at != none && walk_of[at] == none) {
                walk_of[at] = i;
                at = nodes_[at].parent;
            }
            if (at == none || walk_of[at] != i) continue;
            std::uint32_t first = at;
            for (auto member = nodes_[at].parent; member != at; member = nodes_[member].parent)
                first = std::min(first, member);
            nodes_[first].parent = none;
            nodes_[first].problem = parent_problem::cycle;
        }
    }

    /// Stored order, but a stream that is stored before its parent waits and comes right behind it.
    void order_parents_first()
    {
        order_.reserve(nodes_.size());
        for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
            node& each = nodes_[i];
            if (each.what != fate::live) continue;
            if (each.parent == none || nodes_[each.parent].placed) {
                place(i);
            } else {
                each.previous_waiting = nodes_[each.parent].last_waiting;
                nodes_[each.parent].last_waiting = i;
            }
        }
    }

    void place(std::uint32_t root)
    {
        pending_.push_back(root);
        while (!pending_.empty()) {
            auto const index = pending_.back();
            pending_.pop_back();
            order_.push_back(index);
            nodes_[index].placed = true;
            for (auto child = nodes_[index].last_waiting; child != none;
                 child = nodes_[child].previous_waiting)
                pending_.push_back(child); // youngest first, so that the oldest is on top
        }
    }

    // names

    static std::size_t hash_of_name(std::uint32_t parent, std::string_view text) noexcept
    {
        return std::hash<std::string_view>{}(text) ^ (parent * 0x9e3779b97f4a7c15U);
    }

    std::uint32_t& slot_of_name(std::uint32_t parent, std::string_view text)
    {
        return names_.slot_of(hash_of_name(parent, text), [&](std::uint32_t i) {
            return nodes_[i].parent == parent && nodes_[i].name == text;
        });
    }

    /// Roots may share a name: v2 takes their null parents as different.
    void claim_name(std::uint32_t index)
    {
        node& each = nodes_[index];
        if (!each.has_name || each.parent == none) return;
        auto& slot = slot_of_name(each.parent, each.name);
        if (slot == none) slot = index;
        each.name_is_mine = slot == index;
    }

    /// The first of "name (2)", "name (3)", … that no sibling has.
    std::string free_name(const node& each)
    {
        std::string key = std::to_string(each.parent) + '/';
        auto const prefix_bytes = key.size();
        auto& last = last_number_[key + std::string{each.name}];
        if (last == 0) last = 1;
        for (;;) {
            key.resize(prefix_bytes);
            key += each.name;
            key += " (" + std::to_string(++last) + ')';
            auto const candidate = std::string_view{key}.substr(prefix_bytes);
            if (slot_of_name(each.parent, candidate) == none && given_names_.insert(key).second)
                return std::string{candidate};
        }
    }

    // second pass

    void write_live(std::uint32_t index)
    {
        node& each = nodes_[index];
        writer_.read(records_[index], out_);
        is_deleted(writer_, deleted, modified, created);
        if (each.parent != none && is_lost(nodes_[each.parent])) each.problem = parent_problem::missing;
        bool const rooted = each.parent == none || each.problem != parent_problem::nothing;
        each.path_bytes = (rooted ? 0 : nodes_[each.parent].path_bytes) + each.id.size() + 1;
        each.path_hash = longer_path(rooted ? empty_path : nodes_[each.parent].path_hash, each.id);
        if (is_refused(each)) return;
        if (each.problem != parent_problem::nothing) take_to_root(each);
        if (!rooted && each.has_name && !each.name_is_mine && !rename(each)) return;
        each.written = writer_.write(out_, limits_);
        if (each.written && has_slash_) paths_.insert(each.path_hash);
    }

    /// Not written, and not because of a path that its children's paths would only make longer.
    bool is_lost(const node& parent) const noexcept
    {
        return !parent.written && parent.path_bytes <= limits_.index_text_bytes;
    }

    /// Sets the record aside when v2 would abort on it.
    bool is_refused(const node& each)
    {
        if (each.id.size() > limits_.index_text_bytes)
            return writer_.set_aside(rule::text_too_long, "id", out_), true;
        if (each.path_bytes > limits_.index_text_bytes)
            return writer_.set_aside(rule::path_too_long,
                                     "path of " + std::to_string(each.path_bytes) + " bytes", out_),
                   true;
        if (each.name.size() + each.parent_id.size() > limits_.index_text_bytes)
            return writer_.set_aside(rule::text_too_long, "name", out_), true;
        // Only an id with a slash can make the paths of two streams equal.
        if (has_slash_ && paths_.contains(each.path_hash))
            return writer_.set_aside(rule::duplicate_id, "its path is that of another stream", out_), true;
        return false;
    }

    void take_to_root(const node& each)
    {
        std::string detail{each.problem == parent_problem::cycle ? "own descendant of " : "no parent "};
        detail += each.parent_id;
        writer_.set_null(parent_id);
        writer_.change(rule::orphan_stream, detail);
    }

    bool rename(const node& each)
    {
        auto const text = free_name(each);
        if (text.size() + each.parent_id.size() > limits_.index_text_bytes) {
            writer_.set_aside(rule::text_too_long, "name", out_);
            return false;
        }
        writer_.set_text(name, text);
        writer_.change(rule::renamed_stream, text);
        return true;
    }

    /// As {id, deleted}; the original is kept when it has more to say.
    void write_deleted(std::uint32_t index)
    {
        node& each = nodes_[index];
        writer_.read(records_[index], out_);
        is_deleted(writer_, deleted, modified, created);
        if (each.id.size() >= limits_.index_text_bytes)
            return writer_.set_aside(rule::text_too_long, "id", out_);
        each.path_hash = longer_path(empty_path, each.id);
        if (has_slash_ && !paths_.insert(each.path_hash).second)
            return writer_.set_aside(rule::duplicate_id, "its path is that of another stream", out_);
        for (std::size_t i = 0; i < writer_.members().size(); ++i) {
            if (i == deleted || writer_.get(i) == nullptr) continue;
            if (writer_.has_value(i)) writer_.change(rule::no_place_in_v2, writer_.members()[i].name);
            writer_.take_out(i);
        }
        each.written = writer_.write(out_, limits_);
    }

    void leave_out(std::uint32_t index)
    {
        if (writer_.read(records_[index], out_)) writer_.set_aside(rule::duplicate_id, {}, out_);
    }

    std::span<const record> records_;
    line_limits limits_;
    output& out_;
    output first_pass_;
    record_writer& writer_{writer_of_this_thread()};
    std::array<std::byte, 2048> first_memory_; ///< enough for most users
    std::pmr::monotonic_buffer_resource arena_{first_memory_.data(), first_memory_.size()};
    std::vector<node> nodes_;
    index_table ids_;
    index_table names_;
    std::vector<std::uint32_t> order_;
    std::vector<std::uint32_t> pending_;
    std::unordered_map<std::string, std::uint32_t> last_number_; ///< by parent and name
    std::unordered_set<std::string> given_names_;
    std::unordered_set<std::uint64_t> paths_; ///< only with ids that hold a slash
    bool has_slash_ = false;
};

} // namespace

void convert_streams(std::span<const record> records, const rules& configuration, output& out)
{
    stream_tree{records, configuration, out}.convert();
}

} // namespace pryv_export::convert
