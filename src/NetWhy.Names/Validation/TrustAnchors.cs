using System.Buffers;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>The keys that are trusted without proof, by the zones that they belong to.</summary>
public sealed class TrustAnchors
{
    private readonly Dictionary<DomainName, List<TrustAnchor>> _anchors = [];

    /// <summary>Makes anchors of the root's two keys: of 2017 (20326) and of 2024 (38696).</summary>
    /// <remarks>Source: IANA, https://data.iana.org/root-anchors/root-anchors.xml.</remarks>
    public static TrustAnchors ForRoot()
    {
        var anchors = new TrustAnchors();
        anchors.AddRoot(20326, "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D");
        anchors.AddRoot(38696, "683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16");
        return anchors;
    }

    /// <summary>The zones that have anchors.</summary>
    public IReadOnlyCollection<DomainName> Zones => _anchors.Keys;

    /// <summary>Adds an anchor.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="type">DS or DNSKEY.</param>
    /// <param name="data">The data of such a record.</param>
    /// <returns>False if it is of another type, or cut short.</returns>
    public bool Add(DomainName zone, DnsRecordType type, ReadOnlySpan<byte> data)
    {
        bool isAnchor = type switch
        {
            DnsRecordType.DS => DnsDelegationSigner.Read(data, out _) is OperationStatus.Done,
            DnsRecordType.DNSKEY => DnsKey.Read(data, out _) is OperationStatus.Done,
            _ => false,
        };
        if (!isAnchor)
            return false;

        if (!_anchors.TryGetValue(zone, out List<TrustAnchor>? anchors))
            _anchors[zone] = anchors = [];
        anchors.Add(new TrustAnchor(type, data.ToArray()));
        return true;
    }

    /// <summary>The anchors of a zone; none if it has none.</summary>
    /// <param name="zone">The zone.</param>
    internal IReadOnlyList<TrustAnchor> Of(DomainName zone) => _anchors.TryGetValue(zone, out List<TrustAnchor>? anchors) ? anchors : [];

    /// <summary>The closest zone with an anchor that a name is in.</summary>
    /// <param name="name">The name.</param>
    internal DomainName? ClosestTo(DomainName name)
    {
        for (int labels = name.Labels; labels >= 0; labels--)
        {
            DomainName zone = name.Last(labels);
            if (_anchors.ContainsKey(zone))
                return zone;
        }

        return null;
    }

    private void AddRoot(ushort tag, string digest) => Add(
        DomainName.Root, DnsRecordType.DS,
        [(byte)(tag >> 8), (byte)tag, (byte)DnsSecurityAlgorithm.RsaSha256, (byte)DnsDigestType.Sha256, .. Convert.FromHexString(digest)]);
}

/// <summary>A key that is trusted without proof.</summary>
/// <param name="Type">DS or DNSKEY.</param>
/// <param name="Data">The data of such a record.</param>
internal sealed record TrustAnchor(DnsRecordType Type, byte[] Data);
