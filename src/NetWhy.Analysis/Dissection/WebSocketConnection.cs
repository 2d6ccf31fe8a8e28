using System.Buffers;
using System.IO.Compression;

namespace NetWhy.Analysis.Dissection;

/// <summary>What is remembered of a connection that was handed over to WebSocket. Sources: RFC 6455, RFC 7692.</summary>
/// <param name="extensions">The extensions that the server agreed to.</param>
internal sealed class WebSocketConnection(string extensions)
{
    private const int WindowLength = 1 << 15;
    private const int LongestPlain = 4 << 20; // octets that a compressed message is shown with
    private const int LongestRead = 32 << 20; // octets that it is decompressed for those that refer to it
    private const int StoredHead = 5; // of a block that is not compressed

    private readonly byte[][] _windows = [[], []]; // what was said last, which is referred to
    private readonly bool[] _isLost = [false, false]; // whether that is not known any more

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

    /// <summary>Notes that a compressed message was not decompressed: what refers to it cannot be told any more.</summary>
    /// <param name="direction">Its direction.</param>
    /// <param name="isMasked">Whether it is a client's.</param>
    internal void Lose(int direction, bool isMasked) => _isLost[direction] |= !Forgets(isMasked);

    /// <summary>Decompresses a message.</summary>
    /// <param name="direction">Its direction.</param>
    /// <param name="isMasked">Whether it is a client's.</param>
    /// <param name="octets">What was sent.</param>
    /// <returns>What it says, up to a bound; null if it makes no sense, or refers to what was not decompressed.</returns>
    internal byte[]? Decompress(int direction, bool isMasked, ReadOnlySpan<byte> octets)
    {
        if (_isLost[direction])
            return null;
        bool forgets = Forgets(isMasked);
        byte[] window = forgets ? [] : _windows[direction];
        // What was said before stands in front of it as a block of its own; behind it the end that senders leave out (RFC 7692, section 7.2.2), and the end of all.
        using var input = new MemoryStream(StoredHead + window.Length + octets.Length + (2 * StoredHead));
        input.Write([0, (byte)window.Length, (byte)(window.Length >> 8), (byte)~window.Length, (byte)(~window.Length >> 8)]);
        input.Write(window);
        input.Write(octets);
        input.Write([0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff]);
        input.Position = 0;
        using var stream = new DeflateStream(input, CompressionMode.Decompress);
        byte[] rented = ArrayPool<byte>.Shared.Rent(WindowLength + LongestPlain);
        try
        {
            Span<byte> room = rented.AsSpan(0, window.Length + LongestPlain);
            int length = stream.ReadAtLeast(room, room.Length, throwOnEndOfStream: false);
            if (length < window.Length)
                return null;
            byte[] plain = room[window.Length..length].ToArray();
            if (!forgets)
                KeepEnd(direction, stream, room, length);
            return plain;
        }
        catch (InvalidDataException)
        {
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    // Later messages refer to the end of the message, also where it is longer than what is shown of it.
    private void KeepEnd(int direction, DeflateStream stream, Span<byte> room, int length)
    {
        for (int total = length; length == room.Length; total += length - WindowLength)
        {
            if (total > LongestRead)
            {
                _isLost[direction] = true;
                return;
            }

            room[^WindowLength..].CopyTo(room);
            length = WindowLength + stream.ReadAtLeast(room[WindowLength..], room.Length - WindowLength, throwOnEndOfStream: false);
        }

        _windows[direction] = room[Math.Max(0, length - WindowLength)..length].ToArray();
    }

    private bool Forgets(bool isMasked) => extensions.Contains(isMasked ? "client_no_context_takeover" : "server_no_context_takeover", StringComparison.OrdinalIgnoreCase);
}

/// <summary>A message of WebSocket that came in several frames, as far as they came.</summary>
internal sealed class FragmentedMessage : OctetStore
{
    private const int MostFragments = 1 << 12;

    /// <summary>What kind of message it is: the opcode of its first frame.</summary>
    internal byte Opcode { get; set; }

    /// <summary>Whether it is compressed.</summary>
    internal bool IsCompressed { get; set; }

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
