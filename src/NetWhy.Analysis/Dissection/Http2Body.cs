using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>The data of HTTP/2 streams, put together when it is whole. Source: what Wireshark calls the reassembly of bodies.</summary>
internal static class Http2Body
{
    private const int LongestBody = 16 << 20;

    /// <summary>Reads the data of a frame.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="direction">Its direction.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="frameEnd">Where its padding ends.</param>
    /// <param name="isLast">Whether the direction is closed with it.</param>
    /// <returns>Whether more of it follows, and it waits for that.</returns>
    internal static bool Read(ref Dissection dissection, Http2Stream stream, int direction, int at, int end, int frameEnd, bool isLast)
    {
        Http2Side side = stream.Sides[direction];
        bool isJoined = side.HasHeaders && !side.IsTransferEncoded && !stream.IsTunnel && !stream.IsStreamed;
        bool isFirst = side.Fragments.Count == 0 && !side.IsLost;
        if (!isJoined || (isLast && isFirst && at == end))
        {
            dissection.Part(Http2Fields.Data, at, end - at);
            return false;
        }

        if (isLast && isFirst)
        {
            ReadContent(ref dissection, side, at, frameEnd - at); // with its padding, as Wireshark has it
            return false;
        }

        if (at < end || !isLast)
            Keep(ref dissection, side, at, end);
        if (isLast && End(ref dissection, stream, direction))
            return false;
        dissection.Part(Http2Fields.Data, at, end - at);
        return !isLast;
    }

    /// <summary>Shows data that is whole now.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="direction">Its direction.</param>
    /// <returns>Whether there was some.</returns>
    internal static bool End(ref Dissection dissection, Http2Stream stream, int direction)
    {
        Http2Side side = stream.Sides[direction];
        if (side.Fragments.Count == 0 || side.IsLost)
            return false;
        byte[] body = side.Body.Octets.ToArray();
        AddFragments(ref dissection, side);
        dissection.Memory.Forget(side.Body);
        stream.Sides[direction] = new Http2Side();
        if (body.Length == 0 || dissection.Fields.Join(body, "Reassembled body") is not { } source)
            return true;
        byte before = dissection.Fields.Source;
        dissection.Fields.Source = source;
        Dissection whole = dissection.Over(body);
        whole.Fields.Depth++;
        whole.Part(Http2Fields.Body, 0, body.Length);
        whole.Fields.Depth--;
        ReadContent(ref whole, side, 0, body.Length);
        dissection.Fields.Source = before;
        return true;
    }

    private static void AddFragments(ref Dissection dissection, Http2Side side)
    {
        int count = side.Fragments.Count;
        dissection.Fields.Add(Http2Fields.Fragments, 0, 0, 0);
        dissection.Fields.Say($"{count} Body fragment{(count == 1 ? "" : "s")} ({side.Length} byte{(side.Length == 1 ? "" : "s")}): ");
        int head = dissection.Fields.Last;
        for (int index = 0; index < count; index++)
            dissection.Fields.SayMoreOf(head, $"{(index > 0 ? ", " : "")}#{side.Fragments[index].Frame}({side.Fragments[index].Length})");
        dissection.Fields.Depth++;
        int place = 0;
        foreach ((uint frame, int length) in side.Fragments)
        {
            dissection.Fields.Add(Http2Fields.Fragment, frame, 0, 0);
            if (length > 0)
                dissection.Fields.Say($"Frame: {frame}, payload: {place}-{place + length - 1} ({length} byte{(length == 1 ? "" : "s")})");
            else
                dissection.Fields.Say($"Frame: {frame} (no data)");
            place += length;
        }

        dissection.Fields.Add(Http2Fields.FragmentCount, (ulong)side.Fragments.Count, 0, 0);
        dissection.Fields.Add(Http2Fields.BodyLength, (ulong)side.Length, 0, 0);
        dissection.Fields.Depth--;
    }

    // Octets are only kept where somebody will look at them.
    private static void Keep(ref Dissection dissection, Http2Side side, int at, int end)
    {
        side.Add(dissection.FrameNumber, end - at);
        PacketFields fields = dissection.Fields;
        if (dissection.Summary is null && !fields.IsWanted(FrameFields.Protocols) && !fields.IsWanted(Http2Fields.Data) && !fields.IsWanted(Http2Fields.Body))
            return;
        side.IsLost |= side.Length > LongestBody || !dissection.Has(at, end - at) || !dissection.Memory.TryKeep(side.Body, dissection.Octets[at..end]);
        if (side.IsLost)
            dissection.Memory.Forget(side.Body);
    }

    private static void ReadContent(ref Dissection dissection, Http2Side side, int at, int length)
    {
        if (side.IsPartial || side.Encoding is not ("gzip" or "deflate"))
        {
            AddContent(ref dissection, side, at, length);
            return;
        }

        byte[]? plain = dissection.Fields.MayJoin && dissection.Has(at, length) ? ContentCoding.Decompress(dissection.Octets.Slice(at, length), side.Encoding) : null;
        dissection.Fields.AddText(FrameFields.Text, $"Content-encoded entity body ({side.Encoding}): {length} bytes{(plain is null ? "" : $" -> {plain.Length} bytes")}");
        byte before = dissection.Fields.Source;
        dissection.Fields.Depth++;
        if (plain is not null && dissection.Fields.Join(plain, "Uncompressed entity body") is { } source)
        {
            dissection.Fields.Source = source;
            Dissection inside = dissection.Over(plain);
            AddContent(ref inside, side, 0, plain.Length);
        }
        else
        {
            if (plain is null)
            {
                dissection.Label(Http2Fields.BodyUndecoded.Label);
                dissection.Remark(Http2Fields.BodyUndecoded, at);
            }

            AddContent(ref dissection, side, at, length);
        }

        dissection.Fields.Depth--;
        dissection.Fields.Source = before;
    }

    private static void AddContent(ref Dissection dissection, Http2Side side, int at, int length)
    {
        dissection.Part(Http2Fields.Data, at, length);
        byte[] type = System.Text.Encoding.Latin1.GetBytes(side.MediaType);
        string layer = HttpSummary.LayerOf(type);
        if (type.Length == 0 || layer is "media" or "data")
            return;
        dissection.Fields.Base++;
        byte depth = dissection.Fields.Depth;
        dissection.Fields.Depth = 1;
        HttpContent.ReadType(ref dissection, side.MediaType, at, length);
        dissection.Fields.Depth = depth;
        dissection.Fields.Base--;
        if (dissection.Summary is { } summary)
            HttpSummary.WriteContent(summary, "HTTP2"u8, type, dissection.Octets.Slice(at, dissection.Captured(at, length)));
    }
}
