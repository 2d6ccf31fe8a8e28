using System.Globalization;
using System.Numerics;

namespace NetWhy.Certificates;

/// <summary>Policies in the order in which OpenSSL has them: it sorts a list where it looks something up in it, and so before the last one is added.</summary>
internal sealed class OpenSslPolicyList
{
    private readonly List<OpenSslPolicy> _all = [];
    private readonly List<byte[]> _keys = []; // of the same places
    private bool _isLoose; // whether the last one is not in its place yet

    /// <summary>All of them.</summary>
    internal IReadOnlyList<OpenSslPolicy> All => _all;

    /// <summary>Looks one up, and so sorts all.</summary>
    /// <param name="id">Its number.</param>
    internal OpenSslPolicy? Find(string id)
    {
        if (_isLoose)
        {
            (OpenSslPolicy last, byte[] key) = (_all[^1], _keys[^1]);
            _all.RemoveAt(_all.Count - 1);
            _keys.RemoveAt(_keys.Count - 1);
            int place = ~_keys.BinarySearch(key, Order);
            _all.Insert(place, last);
            _keys.Insert(place, key);
            _isLoose = false;
        }

        int found = _keys.BinarySearch(Octets(id), Order);
        return found < 0 ? null : _all[found];
    }

    /// <summary>Puts one behind all others; it is not there yet, as was looked up before.</summary>
    /// <param name="policy">The policy.</param>
    internal void Add(OpenSslPolicy policy)
    {
        _all.Add(policy);
        _keys.Add(Octets(policy.Id));
        _isLoose = true;
    }

    private static readonly Comparer<byte[]> Order =
        Comparer<byte[]>.Create(static (one, other) => one.Length != other.Length ? one.Length - other.Length : one.AsSpan().SequenceCompareTo(other));

    // The contents of its encoding. Source: X.690, section 8.19.
    private static byte[] Octets(string dotted)
    {
        BigInteger[] arcs = [.. dotted.Split('.').Select(arc => BigInteger.Parse(arc, CultureInfo.InvariantCulture))];
        List<byte> octets = [];
        foreach (BigInteger arc in arcs.Skip(2).Prepend((arcs[0] * 40) + arcs[1]))
        {
            byte[] bits = [.. arc.ToByteArray(isUnsigned: true), 0]; // the last octet first
            for (int digit = Math.Max(0, ((int)arc.GetBitLength() - 1) / 7); digit >= 0; digit--)
            {
                (int place, int shift) = Math.DivRem(digit * 7, 8);
                int seven = ((bits[place] | (bits[Math.Min(place + 1, bits.Length - 1)] << 8)) >> shift) & 0x7f;
                octets.Add((byte)(digit > 0 ? 0x80 | seven : seven));
            }
        }

        return [.. octets];
    }
}
