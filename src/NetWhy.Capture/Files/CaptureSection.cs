using System.Net;

namespace NetWhy.Capture.Files;

/// <summary>What a section of a pcapng file tells beside its packets. It grows while the section is read.</summary>
/// <remarks>Source: draft-ietf-opsawg-pcapng. What is kept is bounded; <see cref="Omitted"/> counts the rest.</remarks>
public sealed class CaptureSection
{
    private const int MostNames = 1 << 16;
    private const int LongestName = 255; // RFC 1035 2.3.4

    private readonly List<CaptureBlock> _blocks = [];
    private readonly Dictionary<IPAddress, string> _names = [];
    private readonly List<DecryptionSecrets> _secrets = [];

    internal CaptureSection(bool isBigEndian) => IsBigEndian = isBigEndian;

    /// <summary>Names that the capture has for addresses, the first one of each.</summary>
    public IReadOnlyDictionary<IPAddress, string> Names => _names;

    /// <summary>Secrets that its packets can be decrypted with.</summary>
    public IReadOnlyList<DecryptionSecrets> Secrets => _secrets;

    /// <summary>Blocks of names and secrets that there was no room for.</summary>
    public int Omitted { get; private set; }

    /// <summary>Whether numbers in options of its packets have the most significant octet first.</summary>
    internal bool IsBigEndian { get; }

    /// <summary>The options of its header, least significant octet first.</summary>
    internal byte[] Options { get; init; } = [];

    /// <summary>Its blocks that are no packets, in their order, least significant octet first.</summary>
    internal IReadOnlyList<CaptureBlock> Blocks => _blocks;

    internal void Add(in CaptureBlock block) => _blocks.Add(block);

    internal void Add(IPAddress address, string name)
    {
        if (name.Length is > 0 and <= LongestName && _names.Count < MostNames)
            _names.TryAdd(address, name);
    }

    internal void Add(DecryptionSecrets secrets) => _secrets.Add(secrets);

    internal void Omit() => Omitted++;
}

/// <summary>Secrets of a capture.</summary>
/// <param name="Type">What they are for, such as <see cref="TlsKeyLog"/>.</param>
/// <param name="Data">The secrets, in the form of that type.</param>
public sealed record DecryptionSecrets(uint Type, ReadOnlyMemory<byte> Data)
{
    /// <summary>A key log of TLS: lines of text, such as <c>CLIENT_RANDOM …</c>. Source: draft-ietf-tls-keylogfile.</summary>
    public const uint TlsKeyLog = 0x544c534b;

    /// <summary>A key log of WireGuard: lines of text, such as <c>LOCAL_STATIC_PRIVATE_KEY = …</c>.</summary>
    public const uint WireGuardKeyLog = 0x57474b4c;
}

/// <summary>A block that is no packet.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Body">What stands between its lengths, least significant octet first; nothing for an interface.</param>
/// <param name="Interface">The interface that it describes; null if it is another block.</param>
internal readonly record struct CaptureBlock(uint Type, byte[] Body, CaptureInterface? Interface);
