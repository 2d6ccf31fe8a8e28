using System.Buffers;
using System.IO.Compression;

namespace NetWhy.Analysis.Dissection;

/// <summary>What is remembered of a connection that was handed over to WebSocket. Sources: RFC 6455, RFC 7692.</summary>
/// <param name="extensions">The extensions that the server agreed to.</param>
internal sealed class WebSocketConnection(string extensions)
{
    private const int WindowLength = 1 << 15;
    private const int LongestPlain = 4 << 20; // octets that a compressed message is shown with
    private const int StoredHead = 5; // of a block that is not compressed

    private readonly byte[][] _windows = [[], []]; // what was said last, which is referred to

    /// <summary>Whether messages may be compressed.</summary>
    internal bool MayCompress { get; } = extensions.Contains("permessage-deflate", StringComparison.OrdinalIgnoreCase);

    /// <summary>By direction, the fragments of a message that is not whole yet.</summary>
    internal FragmentedMessage[] Messages { get; } = [new(), new()];

    /// <summary>Forgets fragments.</summary>
    /// <param name="memory">Where it is counted what messages hold.</param>
    internal void Clear(CaptureMemory memory)
    {
        foreach (FragmentedMessage message in Messages)
            message.Forget(memory);
    }

    /// <summary>Decompresses a message.</summary>
    /// <param name="direction">Its direction.</param>
    /// <param name="isMasked">Whether it is a client's.</param>
    /// <param name="octets">What was sent.</param>
    /// <returns>What it says, up to a bound; null if it makes no sense.</returns>
    internal byte[]? Decompress(int direction, bool isMasked, ReadOnlySpan<byte> octets)
    {
        bool forgets = extensions.Contains(isMasked ? "client_no_context_takeover" : "server_no_context_takeover", StringComparison.OrdinalIgnoreCase);
        byte[] window = forgets ? [] : _windows[direction];
        // What was said before stands in front of it as a block of its own; behind it the end that senders leave out (RFC 7692, section 7.2.2), and the end of all.
        using var input = new MemoryStream(StoredHead + window.Length + octets.Length + (2 * StoredHead));
        input.Write([0, (byte)window.Length, (byte)(window.Length >> 8), (byte)~window.Length, (byte)(~window.Length >> 8)]);
        input.Write(window);
        input.Write(octets);
        input.Write([0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff]);
        input.Position = 0;
        using var stream = new DeflateStream(input, CompressionMode.Decompress);
        byte[] room = ArrayPool<byte>.Shared.Rent(window.Length + LongestPlain);
        try
        {
            int length = stream.ReadAtLeast(room, room.Length, throwOnEndOfStream: false);
            if (length < window.Length)
                return null;
            if (!forgets)
                _windows[direction] = room[Math.Max(0, length - WindowLength + 1)..length];
            return room[window.Length..length];
        }
        catch (InvalidDataException)
        {
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(room);
        }
    }
}

/// <summary>A message of WebSocket that came in several frames, as far as they came.</summary>
internal sealed class FragmentedMessage : OctetStore
{
    private const int MostFragments = 1 << 12;

    /// <summary>What kind of message it is: the opcode of its first frame.</summary>
    internal byte Opcode { get; set; }

    /// <summary>The packets that it came in, and how much of it each had.</summary>
    internal List<(uint Frame, int Length)> Fragments { get; } = [];

    /// <summary>Adds a frame.</summary>
    /// <param name="memory">Where it is counted what messages hold.</param>
    /// <param name="frame">The packet.</param>
    /// <param name="octets">What the frame carries.</param>
    /// <returns>Whether there was room; else all of it is forgotten.</returns>
    internal bool TryAdd(CaptureMemory memory, uint frame, ReadOnlySpan<byte> octets)
    {
        if (Fragments.Count == MostFragments || !memory.TryKeep(this, octets))
        {
            Forget(memory);
            return false;
        }

        Fragments.Add((frame, octets.Length));
        return true;
    }

    /// <summary>Forgets it.</summary>
    /// <param name="memory">Where it is counted what messages hold.</param>
    internal void Forget(CaptureMemory memory)
    {
        memory.Forget(this);
        Fragments.Clear();
    }
}
