namespace NetWhy.Analysis.Fields;

/// <summary>The values of the fields of one packet, in the order in which they were found. Used again for the next packet: nothing is allocated for a packet.</summary>
/// <param name="catalog">The fields there are.</param>
public sealed class PacketFields(FieldCatalog catalog)
{
    private const int MostValues = 1 << 16;
    private const int MostScratch = 1 << 22;
    private const int MostLayers = 1 << 13; // a chain of certificates has hundreds
    private const byte ScratchSource = 1;
    private const byte FirstJoined = 2;

    private readonly bool[] _isWanted = new bool[catalog.All.Count];
    private FieldValue[] _values = new FieldValue[256];
    private byte[] _scratch = new byte[1024];
    private readonly List<ReadOnlyMemory<byte>> _joined = [];
    private int _count;
    private int _scratchLength;
    private readonly byte[] _layers = new byte[MostLayers];
    private int _layersLength;
    private bool _areLayersCut;

    /// <summary>The fields there are.</summary>
    public FieldCatalog Catalog { get; } = catalog;

    /// <summary>The values found.</summary>
    public ReadOnlySpan<FieldValue> Values => _values.AsSpan(0, _count);

    /// <summary>Whether a packet had more values than are kept; those behind the last one are missing.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Where the octets lie that are read now; see <see cref="FieldValue.Source"/>.</summary>
    internal byte Source { get; set; }

    /// <summary>How deep values lie that are added now; see <see cref="FieldValue.Depth"/>.</summary>
    internal byte Depth { get; set; }

    /// <summary>Asks for a field; values of others are not kept. A protocol asks for itself only.</summary>
    /// <param name="field">The field.</param>
    public void Want(Field field)
    {
        ArgumentNullException.ThrowIfNull(field);
        _isWanted[field.Index] = true;
    }

    /// <summary>Asks for fields.</summary>
    /// <param name="fields">The fields.</param>
    public void Want(IEnumerable<Field> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        foreach (Field field in fields)
            Want(field);
    }

    /// <summary>Asks for every field.</summary>
    public void WantAll() => Array.Fill(_isWanted, true);

    /// <summary>Whether somebody asked for a field.</summary>
    /// <param name="field">The field.</param>
    public bool IsWanted(Field field) => _isWanted[field.Index];

    /// <summary>Whether somebody asked for a protocol or one of its fields.</summary>
    /// <param name="protocol">The protocol.</param>
    public bool IsWantedAnyOf(Field protocol)
    {
        foreach (Field field in Catalog.All)
        {
            if (_isWanted[field.Index] && field.Protocol == protocol)
                return true;
        }

        return false;
    }

    /// <summary>Forgets the values of the packet before.</summary>
    public void Clear()
    {
        _count = 0;
        _scratchLength = 0;
        _layersLength = 0;
        _areLayersCut = false;
        _joined.Clear();
        Source = 0;
        Depth = 0;
        IsCut = false;
    }

    /// <summary>Makes data known that was put together from several packets.</summary>
    /// <param name="data">The data: it must stay as it is until the next packet is read.</param>
    /// <returns>Its number as a source; null if there are too many of them in one packet.</returns>
    internal byte? Join(ReadOnlyMemory<byte> data)
    {
        if (_joined.Count > byte.MaxValue - FirstJoined)
        {
            IsCut = true;
            return null;
        }

        _joined.Add(data);
        return (byte)(_joined.Count - 1 + FirstJoined);
    }

    /// <summary>The octets of a source.</summary>
    /// <param name="source">Its number.</param>
    /// <param name="packet">The packet.</param>
    internal ReadOnlySpan<byte> OctetsOf(byte source, ReadOnlySpan<byte> packet) => source switch
    {
        0 => packet,
        ScratchSource => _scratch.AsSpan(0, _scratchLength),
        _ => _joined[source - FirstJoined].Span,
    };

    /// <summary>The names of the protocols that were found, parted by colons.</summary>
    internal ReadOnlySpan<byte> Layers => _layers.AsSpan(0, _layersLength);

    /// <summary>Notes a protocol.</summary>
    /// <param name="name">Its name.</param>
    internal void AddLayer(string name)
    {
        _areLayersCut |= _layersLength + name.Length + 1 > MostLayers;
        if (_areLayersCut) // with one left out, what follows would seem to lie in another
            return;
        if (_layersLength > 0)
            _layers[_layersLength++] = (byte)':';
        _layersLength += System.Text.Encoding.ASCII.GetBytes(name, _layers.AsSpan(_layersLength));
    }

    /// <summary>Adds a value that lies in what is read, or was computed.</summary>
    /// <param name="field">The field.</param>
    /// <param name="number">Its value; see <see cref="FieldValue.Number"/>.</param>
    /// <param name="offset">Where it begins in the packet.</param>
    /// <param name="length">How many octets it has there; 0 if it was computed.</param>
    public void Add(Field field, ulong number, int offset, int length)
    {
        if (_isWanted[field.Index])
            Append(new FieldValue((ushort)field.Index, Source, offset, length, number));
    }

    /// <summary>Adds a value that lies in the packet as octets, text or an address.</summary>
    /// <param name="field">The field.</param>
    /// <param name="offset">Where it begins in the packet.</param>
    /// <param name="length">How many octets it has.</param>
    public void AddOctets(Field field, int offset, int length) => Add(field, 0, offset, length);

    /// <summary>Adds a value whose octets were made while reading.</summary>
    /// <param name="field">The field.</param>
    /// <param name="octets">The octets: they are copied.</param>
    public void AddMade(Field field, ReadOnlySpan<byte> octets)
    {
        if (!_isWanted[field.Index])
            return;
        if (_scratchLength + octets.Length > MostScratch)
        {
            IsCut = true;
            return;
        }

        if (_scratchLength + octets.Length > _scratch.Length)
            Array.Resize(ref _scratch, Math.Max(_scratch.Length * 2, _scratchLength + octets.Length));
        octets.CopyTo(_scratch.AsSpan(_scratchLength));
        Append(new FieldValue((ushort)field.Index, ScratchSource, _scratchLength, octets.Length, 0));
        _scratchLength += octets.Length;
    }

    /// <summary>Keeps a place for a value that is known later.</summary>
    /// <param name="field">Its field.</param>
    /// <returns>The place; -1 if nobody asked.</returns>
    internal int Reserve(Field field)
    {
        AddMade(field, default);
        return _isWanted[field.Index] ? _count - 1 : -1;
    }

    /// <summary>Fills a place that was kept.</summary>
    /// <param name="place">What <see cref="Reserve"/> gave.</param>
    /// <param name="octets">The value's octets: they are copied.</param>
    internal void Fill(int place, ReadOnlySpan<byte> octets)
    {
        if (place < 0)
            return;
        int before = _count;
        AddMade(Catalog.All[_values[place].FieldIndex], octets);
        if (_count > before)
            _values[place] = _values[--_count];
    }

    private void Append(in FieldValue value)
    {
        if (_count == _values.Length)
        {
            if (_count >= MostValues)
            {
                IsCut = true;
                return;
            }

            Array.Resize(ref _values, _count * 2);
        }

        _values[_count++] = value with { Depth = Depth };
    }
}

/// <summary>A packet and the values of its fields.</summary>
/// <param name="octets">What was captured of the packet.</param>
/// <param name="fields">The values.</param>
public readonly ref struct DissectedPacket(ReadOnlySpan<byte> octets, PacketFields fields)
{
    /// <summary>What was captured of the packet.</summary>
    public ReadOnlySpan<byte> Octets { get; } = octets;

    /// <summary>The values of its fields.</summary>
    public ReadOnlySpan<FieldValue> Values => _fields.Values;

    private readonly PacketFields _fields = fields;

    /// <summary>The octets from the beginning of a value to the end of what it lies in.</summary>
    /// <param name="value">One of <see cref="Values"/>.</param>
    public ReadOnlySpan<byte> OctetsFrom(in FieldValue value)
    {
        ReadOnlySpan<byte> source = _fields.OctetsOf(value.Source, Octets);
        return source[Math.Clamp(value.Offset, 0, source.Length)..];
    }

    /// <summary>The octets of a value.</summary>
    /// <param name="value">One of <see cref="Values"/>.</param>
    public ReadOnlySpan<byte> OctetsOf(in FieldValue value)
    {
        ReadOnlySpan<byte> source = _fields.OctetsOf(value.Source, Octets);
        int start = Math.Clamp(value.Offset, 0, source.Length);
        return source.Slice(start, Math.Clamp(value.Length, 0, source.Length - start));
    }
}
