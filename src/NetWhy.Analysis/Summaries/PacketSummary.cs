using System.Text;
using System.Text.Unicode;
using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Summaries;

/// <summary>What a list of packets says of one: its ends, its protocol and what it is about. Used again for the next packet.</summary>
/// <remarks>
/// Each protocol that is read takes the place of what the one below it said, except for what is fenced, which is of use
/// whatever is carried. The wording is Wireshark's: scripts look for it.
/// </remarks>
public sealed class PacketSummary
{
    private const int LongestInfo = 4096;
    private const int LongestName = 64;

    private readonly byte[] _source = new byte[LongestName];
    private readonly byte[] _destination = new byte[LongestName];
    private readonly byte[] _protocol = new byte[LongestName];
    private readonly byte[] _info = new byte[LongestInfo];
    private int _sourceLength;
    private int _destinationLength;
    private int _protocolLength;
    private int _infoLength;
    private int _fence;
    private int _prepended;
    private bool _isHalted;
    private bool _goesOn;

    /// <summary>Who sent it: an address.</summary>
    public ReadOnlySpan<byte> Source => _source.AsSpan(0, _sourceLength);

    /// <summary>Whom it was sent to: an address.</summary>
    public ReadOnlySpan<byte> Destination => _destination.AsSpan(0, _destinationLength);

    /// <summary>The protocol, such as <c>TCP</c> or <c>TLSv1.3</c>.</summary>
    public ReadOnlySpan<byte> Protocol => _protocol.AsSpan(0, _protocolLength);

    /// <summary>What it is about, in one line.</summary>
    public ReadOnlySpan<byte> Info => _info.AsSpan(0, _infoLength);

    /// <summary>Of that: what is said without what was put before it.</summary>
    internal ReadOnlySpan<byte> Message => _info.AsSpan(_prepended.._infoLength);

    /// <summary>Whether what is read now changes nothing: a packet that an ICMP error quotes.</summary>
    internal bool IsFrozen { get; set; }

    private bool IsClosed => IsFrozen || _isHalted;

    /// <summary>Forgets the packet before.</summary>
    internal void Clear()
    {
        _sourceLength = _destinationLength = _protocolLength = _infoLength = _fence = _prepended = 0;
        IsFrozen = _isHalted = _goesOn = false;
    }

    /// <summary>Says who sent it.</summary>
    /// <param name="text">The address.</param>
    internal void SetSource(scoped ReadOnlySpan<byte> text) => Set(_source, ref _sourceLength, text);

    /// <summary>Says whom it was sent to.</summary>
    /// <param name="text">The address.</param>
    internal void SetDestination(scoped ReadOnlySpan<byte> text) => Set(_destination, ref _destinationLength, text);

    /// <summary>Says the protocol.</summary>
    /// <param name="text">Its name.</param>
    internal void SetProtocol(scoped ReadOnlySpan<byte> text) => Set(_protocol, ref _protocolLength, text);

    /// <summary>Begins to say what a protocol is about: it takes the place of the one below it.</summary>
    /// <param name="protocol">Its name.</param>
    internal void Begin(scoped ReadOnlySpan<byte> protocol)
    {
        SetProtocol(protocol);
        Restart();
    }

    /// <summary>Says more of a protocol whose messages follow each other: only the first one takes the place of what was said below it.</summary>
    /// <param name="protocol">Its name.</param>
    internal void GoOn(scoped ReadOnlySpan<byte> protocol)
    {
        SetProtocol(protocol);
        if (!_goesOn)
            Restart();
        _goesOn = true;
    }

    /// <summary>Lets nothing be said any more: the packet cannot be read further.</summary>
    internal void Halt() => _isHalted = true;

    /// <summary>Undoes <see cref="Halt"/>.</summary>
    internal void Resume() => _isHalted = false;

    /// <summary>Takes back what it is about, but for what is fenced.</summary>
    internal void Restart()
    {
        _goesOn = false;
        if (!IsClosed)
            _infoLength = _fence;
    }

    /// <summary>Keeps what was said so far, whatever is read further in.</summary>
    internal void Fence()
    {
        if (!IsClosed)
            _fence = _infoLength;
    }

    /// <summary>Says it before everything else, and keeps it.</summary>
    /// <param name="text">What.</param>
    internal void PrependFenced(scoped ReadOnlySpan<byte> text)
    {
        if (IsClosed || _infoLength + text.Length > LongestInfo)
            return;
        _info.AsSpan(0, _infoLength).CopyTo(_info.AsSpan(text.Length));
        text.CopyTo(_info);
        _infoLength += text.Length;
        _fence += text.Length;
        _prepended += text.Length;
    }

    /// <summary>Whether something was said behind the fence.</summary>
    internal bool HasInfo => _infoLength > _fence;

    /// <summary>Says more, parted from what was said before.</summary>
    /// <param name="text">What.</param>
    internal void AppendPart(scoped ReadOnlySpan<byte> text)
    {
        if (_infoLength > 0)
            Append(", "u8);
        Append(text);
    }

    /// <summary>Says more.</summary>
    /// <param name="text">What, as UTF-8.</param>
    internal void Append(scoped ReadOnlySpan<byte> text)
    {
        if (IsClosed)
            return;
        int taken = Math.Min(text.Length, LongestInfo - _infoLength);
        text[..taken].CopyTo(_info.AsSpan(_infoLength));
        _infoLength += taken;
    }

    /// <summary>Says more that comes from the packet: what would move the cursor is written as C writes it.</summary>
    /// <param name="text">What, as it came.</param>
    internal void AppendForeign(scoped ReadOnlySpan<byte> text)
    {
        Span<byte> escaped = stackalloc byte[EscapedText.Longest];
        while (!text.IsEmpty)
        {
            int used = EscapedText.Write(text, escaped, out int written);
            Append(escaped[..written]);
            text = text[used..];
        }
    }

    /// <summary>Says more.</summary>
    /// <param name="text">What, in ASCII.</param>
    internal void Append(string text)
    {
        if (!IsClosed && Encoding.UTF8.TryGetBytes(text, _info.AsSpan(_infoLength), out int written))
            _infoLength += written;
    }

    /// <summary>Says more.</summary>
    /// <param name="text">What.</param>
    internal void Append([System.Runtime.CompilerServices.InterpolatedStringHandlerArgument("")] ref Room text)
    {
        if (!IsClosed && Utf8.TryWrite(_info.AsSpan(_infoLength), System.Globalization.CultureInfo.InvariantCulture, ref text.Handler, out int written))
            _infoLength += written;
    }

    private void Set(byte[] place, ref int length, scoped ReadOnlySpan<byte> text)
    {
        if (IsClosed)
            return;
        length = Math.Min(text.Length, place.Length);
        text[..length].CopyTo(place);
    }

    /// <summary>Lets text with values be written where it is to stand, without a string between.</summary>
    [System.Runtime.CompilerServices.InterpolatedStringHandler]
    internal ref struct Room
    {
        internal Utf8.TryWriteInterpolatedStringHandler Handler;

        public Room(int literalLength, int formattedCount, PacketSummary summary, out bool shouldAppend) =>
            Handler = new Utf8.TryWriteInterpolatedStringHandler(literalLength, formattedCount, summary._info.AsSpan(summary._infoLength), System.Globalization.CultureInfo.InvariantCulture, out shouldAppend);

        public bool AppendLiteral(string value) => Handler.AppendLiteral(value);

        public bool AppendFormatted<T>(T value) => Handler.AppendFormatted(value);

        public bool AppendFormatted<T>(T value, int alignment) => Handler.AppendFormatted(value, alignment);

        public bool AppendFormatted<T>(T value, string? format) => Handler.AppendFormatted(value, format);

        public bool AppendFormatted(ReadOnlySpan<byte> utf8Value) => Handler.AppendFormatted(utf8Value);
    }
}
