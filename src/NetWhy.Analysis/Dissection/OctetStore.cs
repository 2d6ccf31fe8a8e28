namespace NetWhy.Analysis.Dissection;

/// <summary>Octets that are kept until what they belong to is whole. <see cref="CaptureMemory"/> bounds all of them together.</summary>
internal class OctetStore
{
    private byte[] _octets = [];
    private int _length;

    /// <summary>Whether there are none.</summary>
    internal bool IsEmpty => _length == 0;

    /// <summary>The octets.</summary>
    internal ReadOnlySpan<byte> Octets => _octets.AsSpan(0, _length);

    /// <summary>Octets of memory that it holds.</summary>
    internal int Held => _octets.Length;

    /// <summary>Adds what comes next.</summary>
    /// <param name="octets">The octets.</param>
    internal void Add(ReadOnlySpan<byte> octets)
    {
        if (_octets.Length < _length + octets.Length)
            Array.Resize(ref _octets, Math.Max(_length + octets.Length, _octets.Length * 2));
        octets.CopyTo(_octets.AsSpan(_length));
        _length += octets.Length;
    }

    /// <summary>Forgets them.</summary>
    internal void Clear()
    {
        _octets = [];
        _length = 0;
    }
}
