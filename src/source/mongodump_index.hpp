#pragma once

#include "pryv_export/source/document_store.hpp"

#include "mongodump_scanner.hpp"
#include "user_table.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Which document of a dump belongs to which user, in a few bytes a document.
namespace pryv_export::source {

/// Documents of one user that stand back to back in a file.
struct extent
{
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t documents = 0;
};

/// Byte strings that grow at their ends, many of them, in one piece of memory: chains of chunks of 16 to 256
/// bytes.
class chain_arena
{
public:
    struct writer
    {
        std::uint32_t first = 0; ///< chunk, in units of 16 bytes; 0 is none
        std::uint32_t chunk = 0;
        std::uint16_t used = 0;
        std::uint8_t order = 0; ///< chunks so far, up to the largest size
    };
    class reader
    {
    public:
        reader() = default;
        reader(const chain_arena& arena, std::uint32_t first) : arena_{&arena}, next_{first} {}
        /// The next byte. Precondition: there is one.
        std::uint8_t take();

    private:
        const chain_arena* arena_ = nullptr;
        std::uint32_t next_ = 0;
        const std::uint8_t* at_ = nullptr;
        const std::uint8_t* end_ = nullptr;
        unsigned order_ = 0;
    };

    void append(writer& to, std::uint8_t byte);
    std::uint64_t bytes() const noexcept { return slabs_.size() * slab_bytes; }
    void clear();

private:
    static constexpr std::size_t slab_bytes = 1U << 20;
    static constexpr std::size_t unit_bytes = 16;
    static std::size_t chunk_bytes(unsigned order) noexcept;
    std::uint8_t* at(std::uint32_t chunk) const noexcept;
    std::uint32_t allocate(std::size_t bytes);

    std::vector<std::unique_ptr<std::uint8_t[]>> slabs_;
    std::size_t used_ = slab_bytes;
};

/// The extents of one user in ascending order.
class extent_reader
{
public:
    extent_reader() = default;
    /// Exactly one extent.
    explicit extent_reader(extent only) : only_{only}, documents_left_{only.documents} {}
    extent_reader(chain_arena::reader chain, std::uint64_t documents)
        : chain_{chain}, documents_left_{documents}
    {
    }

    bool next(extent& found);
    std::uint64_t documents_left() const noexcept { return documents_left_; }

private:
    std::uint64_t take_varint();

    std::optional<extent> only_;
    chain_arena::reader chain_;
    std::uint64_t documents_left_ = 0;
    std::uint64_t end_ = 0;
};

/// All documents of one collection. Filled in file order by add(), then finish()ed, then only read.
class collection_index
{
public:
    /// Above this the extents are given up and only the shares are kept, so that no dump makes the index
    /// large: see has_extents().
    explicit collection_index(std::uint64_t limit_bytes) : limit_bytes_{limit_bytes} {}

    void add(user_slot slot, const found_document& document);
    void finish();
    /// After finish(): what was of slot s is of slot places[s], which no other one has.
    void renumber(std::span<const user_slot> places);

    user_share share(user_slot slot) const noexcept;
    user_share total() const noexcept { return total_; }
    /// False when there were too many of them: the documents must be regrouped before they can be read by
    /// user.
    bool has_extents() const noexcept { return has_extents_; }
    /// Bytes that can be read in one go, on average, when users are read one after the other.
    std::uint64_t mean_run_bytes() const noexcept;
    extent_reader extents(user_slot slot) const;
    void drop_extents();

private:
    /// `_id` of the last document of a user, to see whether ids ascend.
    struct last_id
    {
        enum class kind : std::uint8_t
        {
            none,
            string,
            object_id,
            unusable
        };
        kind type = kind::none;
        std::uint8_t length = 0;
        std::array<char, 30> text{};
        /// Takes the next id; false when it is not greater.
        bool advance(format::bson_type type, format::bson_bytes value);
    };
    struct entry
    {
        std::uint64_t documents = 0;
        std::uint64_t bytes = 0;
        std::uint32_t chain = 0;
        bool ids_ascend = true;
    };
    struct scan_state
    {
        extent open;
        std::uint64_t end = 0; ///< of the extent written last
        chain_arena::writer writer;
        last_id id;
    };

    void close_extent(scan_state& state);
    void append_varint(scan_state& state, std::uint64_t value);

    std::uint64_t limit_bytes_;
    std::vector<entry> entries_;
    std::vector<scan_state> states_; ///< only while scanning
    chain_arena arena_;
    user_share total_;
    std::uint64_t runs_ = 0;
    bool has_extents_ = true;
};

} // namespace pryv_export::source
