using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Finds the request that an echo reply is for. Sources: RFC 792, RFC 4443.</summary>
internal static class EchoPair
{
    private const double NanosecondsPerMillisecond = 1e6;

    /// <summary>Reads identifier and sequence number.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where they are.</param>
    /// <param name="isRequest">Whether it is a request.</param>
    /// <param name="pair">What is said of both.</param>
    internal static void Read(ref Dissection dissection, int offset, bool isRequest, EchoFields pair)
    {
        if (dissection.IsQuoted)
            return;
        // A reply repeats the request: their checksums differ by their types.
        uint checksum = dissection.U16(offset - 2);
        if (!isRequest)
            checksum = Folded(checksum + pair.ReplyToRequest);
        var key = TransactionKey.Of(dissection.Source, dissection.Destination, ((ulong)checksum << 32) | dissection.U32(offset));
        if (isRequest)
        {
            _ = dissection.Memory.Echoes.Ask(key, dissection.FrameNumber, dissection.Nanoseconds);
            AddReply(ref dissection, offset, pair);
            return;
        }

        if (dissection.Memory.Echoes.Find(key) is not { ResponseFrame: 0 } request)
            return;
        request.ResponseFrame = dissection.FrameNumber;
        dissection.Memory.Hindsight?.Learn(Later.Echo, request.RequestFrame, 0, dissection.FrameNumber);
        double time = (dissection.Nanoseconds - request.RequestTime) / NanosecondsPerMillisecond;
        dissection.Fields.Add(pair.ResponseTo, request.RequestFrame, offset, 0);
        dissection.Fields.Add(pair.Time, BitConverter.DoubleToUInt64Bits(time), offset, 0);
        dissection.Fields.Say($"{pair.Time.Label}: {time:F3} ms");
        dissection.Summary?.Append($" (request in {request.RequestFrame})");
    }

    // In one's complement there are two zeros: RFC 1071.
    private static uint Folded(uint sum)
    {
        sum = (sum & 0xffff) + (sum >> 16);
        return sum == 0 ? 0xffff : sum;
    }

    // Whether there was one is known only to whoever reads a capture twice.
    private static void AddReply(ref Dissection dissection, int offset, EchoFields pair)
    {
        if (dissection.Memory.Hindsight is not { IsLearned: true } hindsight)
            return;
        if (hindsight.Find(Later.Echo, dissection.FrameNumber, 0) is { } reply)
        {
            dissection.Fields.Add(pair.ResponseIn, (ulong)reply, offset, 0);
            dissection.Summary?.Append($" (reply in {reply})");
            return;
        }

        dissection.Label("No response seen");
        dissection.Fields.Say($"[No response seen]");
        if (pair.TellsRequest)
            dissection.Fields.Remark(pair.Unanswered, offset, $"No response seen to ICMPv6 request in frame {dissection.FrameNumber}");
        else
            dissection.Fields.Remark(pair.Unanswered, offset, $"No response seen to ICMP request");
        dissection.Summary?.Append(" (no response found!)"u8);
    }
}

/// <summary>What is said of a request for an echo and its reply.</summary>
/// <param name="group">The protocol.</param>
/// <param name="requestFrame">What the packet of the request is called.</param>
/// <param name="responseFrame">What the packet of the reply is called.</param>
/// <param name="time">What the time between them is called.</param>
/// <param name="request">The type of a request.</param>
/// <param name="reply">The type of a reply.</param>
internal sealed class EchoFields(FieldGroup group, string requestFrame, string responseFrame, string time, byte request, byte reply)
{
    /// <summary>What the checksum of a reply is more by than that of its request, in one's complement.</summary>
    internal uint ReplyToRequest { get; } = reply > request ? (uint)(reply - request) << 8 : 0xffffu - ((uint)(request - reply) << 8);

    /// <summary>Whether it is said which request has no reply: Wireshark does so for IPv6.</summary>
    internal bool TellsRequest { get; } = reply > request;

    /// <summary>Of a reply, the packet of its request.</summary>
    internal Field ResponseTo { get; } = group.FrameNumber("resp_to", requestFrame).Generated();

    /// <summary>Of a request, the packet of its reply.</summary>
    internal Field ResponseIn { get; } = group.FrameNumber("resp_in", responseFrame).Generated();

    /// <summary>How long the reply took, in milliseconds.</summary>
    internal Field Time { get; } = group.Double("resptime", time).Generated();

    /// <summary>That no reply was seen.</summary>
    internal Field Unanswered { get; } = group.Finding("resp_not_found", "Response not found", Severity.Warning);
}
