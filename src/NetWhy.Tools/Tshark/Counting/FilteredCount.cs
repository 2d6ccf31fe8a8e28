using System.Buffers;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Filters;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>Lets a statistic see only packets that its own filter lets through.</summary>
/// <param name="filter">The filter.</param>
/// <param name="count">The statistic.</param>
internal sealed class FilteredCount(DisplayFilter filter, IShownSink count) : IShownSink
{
    /// <inheritdoc/>
    public bool SeesAll => true;

    /// <inheritdoc/>
    public void Want(PacketFields fields)
    {
        count.Want(fields);
        fields.Want(filter.Fields);
    }

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        if (filter.Matches(packet.Fields))
            count.Take(packet, output);
    }

    /// <inheritdoc/>
    public void End(IBufferWriter<byte> output) => count.End(output);
}
