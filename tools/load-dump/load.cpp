#include "load.hpp"

#include <fmt/format.h>

#include <span>
#include <stdexcept>
#include <vector>

namespace load_dump {

namespace {

using pryv_export::format::bson_bytes;

constexpr std::size_t batch_documents = 1000;
constexpr std::size_t batch_bytes = 8U << 20U;
constexpr std::int32_t duplicate_key = 11000;

/// Documents one after the other in one buffer.
class batch
{
public:
    /// Takes documents until the batch is full or the file ends. False when there was none.
    bool fill(document_file& file)
    {
        bytes_.clear();
        ends_.clear();
        while (ends_.size() < batch_documents) {
            if (held_.empty() && !file.append_next(held_)) break;
            // A document that no longer fits opens the next batch.
            if (!ends_.empty() && bytes_.size() + held_.size() > batch_bytes) break;
            bytes_.insert(bytes_.end(), held_.begin(), held_.end());
            ends_.push_back(bytes_.size());
            held_.clear();
        }
        point();
        return !ends_.empty();
    }

    std::span<const bson_bytes> documents() const { return views_; }

private:
    void point()
    {
        views_.clear();
        std::size_t begin = 0;
        for (const auto end : ends_) {
            views_.emplace_back(bytes_.data() + begin, end - begin);
            begin = end;
        }
    }

    std::vector<std::uint8_t> held_;
    std::vector<std::uint8_t> bytes_;
    std::vector<std::size_t> ends_;
    std::vector<bson_bytes> views_;
};

std::string hex(bson_bytes bytes)
{
    std::string text;
    for (const auto byte : bytes) text += fmt::format("{:02x}", byte);
    return text;
}

std::string id_of(bson_bytes document)
{
    const auto id = pryv_export::format::find(document, "_id");
    if (!id) return "(none)";
    switch (id->type) {
    case pryv_export::format::bson_type::string: return fmt::format("\"{}\"", id->text());
    case pryv_export::format::bson_type::object_id: return fmt::format("ObjectId({})", hex(id->value));
    default: return fmt::format("of type 0x{:02x}: {}", static_cast<unsigned>(id->type), hex(id->value));
    }
}

/// The document at which a server hangs up: each alone, over a connection of its own. Those that the batch
/// had already brought in are there.
std::pair<std::size_t, std::string> culprit(const std::string& uri, const collection_file& from,
                                            std::span<const bson_bytes> documents)
{
    for (std::size_t i = 0; i < documents.size(); ++i) {
        server alone{uri};
        const auto result = alone.insert(from.database, from.collection, documents.subspan(i, 1));
        if (!result.error.empty() && result.code != duplicate_key) return {i, result.error};
    }
    return {documents.size(), ""};
}

[[noreturn]] void refuse(const std::string& uri, const collection_file& from,
                         std::span<const bson_bytes> documents, insert_result result)
{
    auto at = static_cast<std::size_t>(result.refused);
    if (result.refused < 0) {
        auto [place, error] = culprit(uri, from, documents);
        at = place;
        if (!error.empty()) result.error = std::move(error);
    }
    const auto where = fmt::format("{}.{}", from.database, from.collection);
    if (at >= documents.size()) throw std::runtime_error(fmt::format("{}: {}", where, result.error));
    throw std::runtime_error(fmt::format("{}: the server refuses the document with _id {}: {}", where,
                                         id_of(documents[at]), result.error));
}

} // namespace

std::int64_t load_collection(const std::string& uri, server& to, const collection_file& from)
{
    document_file file{from.path};
    batch documents;
    std::int64_t count = 0;
    while (documents.fill(file)) {
        auto result = to.insert(from.database, from.collection, documents.documents());
        if (!result.error.empty()) refuse(uri, from, documents.documents(), std::move(result));
        count += static_cast<std::int64_t>(documents.documents().size());
    }
    return count;
}

} // namespace load_dump
