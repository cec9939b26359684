#include "mongodump_index.hpp"

#include <algorithm>
#include <cstring>

namespace pryv_export::source {

namespace {

constexpr unsigned largest_chunk_order = 4;
constexpr std::size_t link_bytes = 4;
/// A gap that is read along with the documents around it (mongodump_cursor.cpp) starts no new run.
constexpr std::uint64_t small_gap_bytes = 4096;

} // namespace

// ---- chain_arena ----

std::size_t chain_arena::chunk_bytes(unsigned order) noexcept
{
    return unit_bytes << std::min(order, largest_chunk_order);
}

std::uint8_t* chain_arena::at(std::uint32_t chunk) const noexcept
{
    constexpr std::uint32_t units = slab_bytes / unit_bytes;
    return slabs_[chunk / units].get() + std::size_t{chunk % units} * unit_bytes;
}

std::uint32_t chain_arena::allocate(std::size_t bytes)
{
    if (used_ + bytes > slab_bytes) {
        slabs_.push_back(std::make_unique_for_overwrite<std::uint8_t[]>(slab_bytes));
        used_ = slabs_.size() == 1 ? unit_bytes : 0; // unit 0 stands for "none"
    }
    auto const chunk = static_cast<std::uint32_t>(((slabs_.size() - 1) * slab_bytes + used_) / unit_bytes);
    used_ += bytes;
    std::memset(at(chunk), 0, link_bytes);
    return chunk;
}

void chain_arena::append(writer& to, std::uint8_t byte)
{
    if (to.chunk == 0 || to.used == chunk_bytes(to.order)) {
        if (to.chunk != 0)
            to.order = static_cast<std::uint8_t>(std::min<unsigned>(to.order + 1U, largest_chunk_order));
        std::uint32_t const added = allocate(chunk_bytes(to.order));
        if (to.chunk == 0)
            to.first = added;
        else
            std::memcpy(at(to.chunk), &added, link_bytes);
        to.chunk = added;
        to.used = link_bytes;
    }
    at(to.chunk)[to.used++] = byte;
}

std::uint8_t chain_arena::reader::take()
{
    if (at_ == end_) {
        const std::uint8_t* const chunk = arena_->at(next_);
        std::memcpy(&next_, chunk, link_bytes);
        at_ = chunk + link_bytes;
        end_ = chunk + chunk_bytes(order_++);
    }
    return *at_++;
}

void chain_arena::clear()
{
    slabs_.clear();
    slabs_.shrink_to_fit();
    used_ = slab_bytes;
}

// ---- extent_reader ----

std::uint64_t extent_reader::take_varint()
{
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        std::uint8_t const byte = chain_.take();
        value |= std::uint64_t{byte & 0x7fU} << shift;
        if (byte < 0x80) return value;
    }
}

bool extent_reader::next(extent& found)
{
    if (documents_left_ == 0) return false;
    if (only_) {
        found = *only_;
    } else {
        found.offset = end_ + take_varint();
        std::uint64_t const size = take_varint();
        found.bytes = size >> 1;
        found.documents = (size & 1) != 0 ? take_varint() : 1;
    }
    end_ = found.offset + found.bytes;
    documents_left_ -= found.documents;
    return true;
}

// ---- collection_index ----

bool collection_index::last_id::advance(format::bson_type id_type, format::bson_bytes value)
{
    kind next = kind::unusable;
    std::string_view bytes;
    if (id_type == format::bson_type::string && value.size() >= 5 && value.size() - 5 <= text.size()) {
        next = kind::string;
        bytes = {reinterpret_cast<const char*>(value.data()) + 4, value.size() - 5};
    } else if (id_type == format::bson_type::object_id && value.size() == 12) {
        next = kind::object_id;
        bytes = {reinterpret_cast<const char*>(value.data()), value.size()};
    }
    bool const greater = next != kind::unusable &&
                         (type < next || (type == next && std::string_view{text.data(), length} < bytes));
    type = next;
    length = static_cast<std::uint8_t>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), text.begin());
    return greater;
}

void collection_index::append_varint(scan_state& state, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        arena_.append(state.writer, static_cast<std::uint8_t>(value | 0x80));
    }
    arena_.append(state.writer, static_cast<std::uint8_t>(value));
}

void collection_index::close_extent(scan_state& state)
{
    if (state.open.documents == 0) return;
    bool const several = state.open.documents > 1;
    append_varint(state, state.open.offset - state.end);
    append_varint(state, (state.open.bytes << 1) | (several ? 1 : 0));
    if (several) append_varint(state, state.open.documents);
    state.end = state.open.offset + state.open.bytes;
    state.open = {};
}

void collection_index::add(user_slot slot, const found_document& document)
{
    if (slot >= entries_.size()) {
        entries_.resize(std::size_t{slot} + 1);
        states_.resize(std::size_t{slot} + 1);
    }
    auto& totals = entries_[slot];
    auto& state = states_[slot];
    std::uint64_t const size = document.bytes.size();
    ++totals.documents;
    totals.bytes += size;
    total_.documents += 1;
    total_.bytes += size;
    totals.ids_ascend = totals.ids_ascend && state.id.advance(document.id_type, document.id);
    std::uint64_t const open_end = state.open.offset + state.open.bytes;
    if (state.open.documents == 0 || document.offset - open_end > small_gap_bytes) ++runs_;
    if (!has_extents_) {
        state.open = {document.offset, size, 1}; // the runs are still counted
        return;
    }
    if (state.open.documents != 0 && open_end == document.offset) {
        state.open.bytes += size;
        ++state.open.documents;
        return;
    }
    close_extent(state);
    state.open = {document.offset, size, 1};
    if (arena_.bytes() > limit_bytes_) drop_extents();
}

void collection_index::finish()
{
    for (std::size_t slot = 0; slot < entries_.size() && has_extents_; ++slot) {
        close_extent(states_[slot]);
        entries_[slot].chain = states_[slot].writer.first;
    }
    std::vector<scan_state>{}.swap(states_);
    entries_.shrink_to_fit();
    total_.ids_ascend =
        std::all_of(entries_.begin(), entries_.end(), [](const entry& e) { return e.ids_ascend; });
}

void collection_index::renumber(std::span<const user_slot> places)
{
    auto const used = places.first(entries_.size());
    std::size_t const slots = used.empty() ? 0 : *std::max_element(used.begin(), used.end()) + std::size_t{1};
    std::vector<entry> moved(slots);
    for (std::size_t slot = 0; slot < used.size(); ++slot) moved[used[slot]] = entries_[slot];
    entries_ = std::move(moved);
}

user_share collection_index::share(user_slot slot) const noexcept
{
    if (slot >= entries_.size()) return {};
    auto const& totals = entries_[slot];
    return {totals.documents, totals.bytes, totals.ids_ascend};
}

std::uint64_t collection_index::mean_run_bytes() const noexcept
{
    return total_.bytes / std::max<std::uint64_t>(runs_, 1);
}

extent_reader collection_index::extents(user_slot slot) const
{
    if (slot >= entries_.size()) return {};
    auto const& totals = entries_[slot];
    return {chain_arena::reader{arena_, totals.chain}, totals.documents};
}

void collection_index::drop_extents()
{
    has_extents_ = false;
    arena_.clear();
}

} // namespace pryv_export::source
