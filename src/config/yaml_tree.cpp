#include "pryv_export/config/yaml_tree.hpp"

#include "pryv_export/base/error.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

namespace pryv_export::config {

namespace {

using kind = yaml_node::kind_type;

[[noreturn]] void throw_bad_yaml(std::string_view place, std::string_view cause, std::string_view hint = {})
{
    throw export_error{exit_status::bad_config, place, cause, hint};
}

/// Aliases repeat what they stand for: text must not grow out of bounds that way either.
constexpr std::size_t limit_text_bytes = 4 * yaml_limit_bytes;

struct extent
{
    std::size_t nodes = 1;
    std::size_t depth = 1;
    std::size_t text_bytes = 0;
};

extent extent_of(const yaml_node& node)
{
    extent whole;
    whole.text_bytes = node.text.size();
    for (const std::string& key : node.keys) whole.text_bytes += key.size();
    for (const yaml_node& item : node.items) {
        extent const part = extent_of(item);
        whole.nodes += part.nodes;
        whole.text_bytes += part.text_bytes;
        whole.depth = std::max(whole.depth, part.depth + 1);
    }
    return whole;
}

/// Builds the tree from the parser's events, and stops it before it gets too deep or too long.
class tree_builder : public YAML::EventHandler
{
public:
    explicit tree_builder(std::shared_ptr<const std::string> file) : file_{std::move(file)} {}

    yaml_node& root()
    {
        if (!root_ || root_->is_null())
            throw_bad_yaml(*file_, "is empty", "give v1's configuration, e.g. configs/api.yml");
        if (!root_->is_mapping()) throw_bad_yaml(root_->place(), "should begin with keys (key: value)");
        return *root_;
    }

    void OnDocumentStart(const YAML::Mark& mark) override
    {
        if (root_)
            throw_bad_yaml(node_at(mark, kind::null).place(),
                           "a second document begins; give one document a file");
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        check_limits(mark, {});
        ++nodes_;
        add(node_at(mark, kind::null), anchor);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        auto const found = anchors_.find(anchor);
        if (found == anchors_.end()) {
            throw_bad_yaml(node_at(mark, kind::null).place(), "an alias stands inside of what it stands for");
        }
        extent const size = extent_of(found->second);
        check_limits(mark, size);
        nodes_ += size.nodes;
        aliased_bytes_ += size.text_bytes;
        add(found->second, 0);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override
    {
        check_limits(mark, {});
        ++nodes_;
        yaml_node node = node_at(mark, kind::scalar);
        node.text = value;
        node.quoted = tag != "?";
        add(std::move(node), anchor);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override
    {
        begin(mark, kind::sequence, anchor);
    }
    void OnSequenceEnd() override { end(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override
    {
        begin(mark, kind::mapping, anchor);
    }
    void OnMapEnd() override { end(); }

private:
    struct frame
    {
        yaml_node node;
        YAML::anchor_t anchor = 0;
        std::optional<yaml_node> key;
        std::unordered_set<std::string> seen;
        std::vector<yaml_node> merged; ///< values of "<<"
    };

    yaml_node node_at(const YAML::Mark& mark, kind what) const
    {
        yaml_node node;
        node.kind = what;
        node.file = file_;
        node.line = static_cast<std::uint32_t>(std::max(mark.line, 0)) + 1;
        node.column = static_cast<std::uint32_t>(std::max(mark.column, 0)) + 1;
        return node;
    }

    void check_limits(const YAML::Mark& mark, extent size) const
    {
        auto const place = [&] { return node_at(mark, kind::null).place(); };
        if (open_.size() + size.depth > yaml_limit_depth) {
            throw_bad_yaml(place(), fmt::format("nests deeper than {} levels", yaml_limit_depth));
        }
        if (nodes_ + size.nodes > yaml_limit_nodes || aliased_bytes_ + size.text_bytes > limit_text_bytes) {
            throw_bad_yaml(place(), fmt::format("has more than {} values", yaml_limit_nodes));
        }
    }

    void begin(const YAML::Mark& mark, kind what, YAML::anchor_t anchor)
    {
        check_limits(mark, {});
        ++nodes_;
        open_.push_back({node_at(mark, what), anchor, {}, {}, {}});
    }

    void end()
    {
        frame done = std::move(open_.back());
        open_.pop_back();
        for (yaml_node& source : done.merged) merge_into(done, std::move(source));
        add(std::move(done.node), done.anchor);
    }

    void add(yaml_node node, YAML::anchor_t anchor)
    {
        if (anchor != 0) anchors_[anchor] = node;
        if (open_.empty()) {
            root_ = std::move(node);
        } else if (open_.back().node.is_sequence()) {
            open_.back().node.items.push_back(std::move(node));
        } else if (!open_.back().key) {
            if (!node.is_scalar()) throw_bad_yaml(node.place(), "should be a key (key: value)");
            open_.back().key = std::move(node);
        } else {
            add_member(open_.back(), std::move(node));
        }
    }

    static void add_member(frame& mapping, yaml_node value)
    {
        yaml_node const key = *std::exchange(mapping.key, std::nullopt);
        if (key.text == "<<" && !key.quoted) {
            mapping.merged.push_back(std::move(value));
            return;
        }
        if (!mapping.seen.insert(key.text).second) {
            throw_bad_yaml(key.place(), fmt::format("the key {} is there twice", key.text), "remove one");
        }
        mapping.node.keys.push_back(key.text);
        mapping.node.key_marks.push_back({key.line, key.column});
        mapping.node.items.push_back(std::move(value));
    }

    /// YAML 1.1 merge key: members of the mapping itself win, then those of earlier sources.
    static void merge_into(frame& mapping, yaml_node source)
    {
        if (source.is_sequence()) {
            for (yaml_node& item : source.items) merge_into(mapping, std::move(item));
            return;
        }
        if (!source.is_mapping()) throw_bad_yaml(source.place(), "<< should name a mapping");
        for (std::size_t i = 0; i < source.keys.size(); ++i) {
            if (!mapping.seen.insert(source.keys[i]).second) continue;
            mapping.node.keys.push_back(std::move(source.keys[i]));
            mapping.node.key_marks.push_back(source.key_marks[i]);
            mapping.node.items.push_back(std::move(source.items[i]));
        }
    }

    std::shared_ptr<const std::string> file_;
    std::optional<yaml_node> root_;
    std::vector<frame> open_;
    std::unordered_map<YAML::anchor_t, yaml_node> anchors_;
    std::size_t nodes_ = 0;
    std::size_t aliased_bytes_ = 0;
};

/// yaml-cpp takes U+0004 for the end of the text, and would silently leave out what follows.
void check_characters(std::string_view text, std::string_view name)
{
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        bool const allowed = byte >= 0x20 || c == '\t' || c == '\n' || c == '\r';
        if (!allowed || byte == 0x7f || byte >= 0xfe) {
            throw_bad_yaml(fmt::format("{}:{}:{}", name, line, column),
                           fmt::format("has the byte 0x{:02x}, which is no text", byte),
                           "save the file as UTF-8");
        }
        ++column;
        if (c == '\n') {
            ++line;
            column = 1;
        }
    }
}

/// yaml-cpp takes an open quote for closed when the text ends with a line end. An end marker behind makes it
/// an error.
std::string with_end_marker(std::string_view text)
{
    std::string whole{text};
    std::size_t const last_text = text.find_last_not_of(" \t\r\n");
    bool const ends_line = text.find('\n', last_text == text.npos ? 0 : last_text) != text.npos;
    if (ends_line) whole += text.ends_with('\n') ? "...\n" : "\n...\n";
    return whole;
}

} // namespace

const yaml_node* yaml_node::find(std::string_view key) const noexcept
{
    if (kind != kind_type::mapping) return nullptr;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i] == key) return items[i].is_null() ? nullptr : &items[i];
    }
    return nullptr;
}

std::string yaml_node::place() const
{
    return fmt::format("{}:{}:{}", file ? *file : "", line, column);
}

std::string yaml_node::place_of_key(std::size_t i) const
{
    const yaml_node& item = items[i];
    return fmt::format("{}:{}:{}", item.file ? *item.file : "", key_marks[i].line, key_marks[i].column);
}

yaml_node parse_yaml(std::string_view text, std::string_view name)
{
    if (text.size() > yaml_limit_bytes) throw_bad_yaml(name, "is longer than 4 MiB");
    check_characters(text, name);
    std::istringstream stream{with_end_marker(text)};
    tree_builder builder{std::make_shared<const std::string>(name)};
    try {
        YAML::Parser parser{stream};
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const YAML::Exception& error) {
        if (error.mark.is_null()) throw_bad_yaml(name, fmt::format("is no YAML ({})", error.msg));
        throw_bad_yaml(fmt::format("{}:{}:{}", name, error.mark.line + 1, error.mark.column + 1),
                       fmt::format("is no YAML ({})", error.msg));
    }
    return std::move(builder.root());
}

void merge_over(yaml_node& base, yaml_node over)
{
    if (over.is_null()) return;
    if (!base.is_mapping() || !over.is_mapping()) {
        base = std::move(over);
        return;
    }
    for (std::size_t i = 0; i < over.keys.size(); ++i) {
        auto const found = std::find(base.keys.begin(), base.keys.end(), over.keys[i]);
        if (found != base.keys.end()) {
            merge_over(base.items[static_cast<std::size_t>(found - base.keys.begin())],
                       std::move(over.items[i]));
        } else {
            base.keys.push_back(std::move(over.keys[i]));
            base.key_marks.push_back(over.key_marks[i]);
            base.items.push_back(std::move(over.items[i]));
        }
    }
}

} // namespace pryv_export::config
