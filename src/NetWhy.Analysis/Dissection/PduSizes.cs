namespace NetWhy.Analysis.Dissection;

/// <summary>How long a message on a stream is, with its head.</summary>
/// <param name="dissection">The packet.</param>
/// <param name="offset">Where it begins; its head was captured.</param>
/// <param name="end">Where ends what came of the stream.</param>
internal delegate int PduSize(ref Dissection dissection, int offset, int end);

/// <summary>Notes how long the messages on a stream are, as <c>tcp.pdu.size</c>.</summary>
internal static class PduSizes
{
    /// <summary>Notes those of a part of a stream. They stand with the header of TCP, all at once: each on its own would move all that was read before it.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where the first message begins.</param>
    /// <param name="end">Where ends what came of the stream.</param>
    /// <param name="canAsk">Whether the rest of the last message may be waited for; then it is not noted yet.</param>
    /// <param name="headLength">Octets that tell how long a message is.</param>
    /// <param name="sizeOf">How long a message is.</param>
    internal static void Add(ref Dissection dissection, int offset, int end, bool canAsk, int headLength, PduSize sizeOf)
    {
        if (!dissection.Fields.IsWanted(TcpFields.PduSize))
            return;
        byte depth = dissection.Fields.Depth;
        dissection.Fields.Depth = 1;
        int first = dissection.Fields.Last + 1;
        while (end - offset >= headLength && dissection.Captured(offset, headLength) == headLength)
        {
            int size = sizeOf(ref dissection, offset, end);
            if (canAsk && size > end - offset)
                break;
            dissection.Fields.Add(TcpFields.PduSize, (ulong)size, offset, 0);
            offset += size;
        }

        dissection.Fields.Depth = depth;
        dissection.PutToHeader(first);
    }
}
