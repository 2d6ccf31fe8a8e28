using System.Buffers;
using System.Runtime.CompilerServices;
using NetWhy.Analysis.Dissection;

namespace NetWhy.Analysis.Fields;

/// <summary>The values of the fields of one packet, in the order in which they were found. Used again for the next packet: nothing is allocated for a packet.</summary>
/// <param name="catalog">The fields there are.</param>
public sealed class PacketFields(FieldCatalog catalog)
{
    private const long MostJoined = 32 << 20; // octets, in one packet
    private const int MostValues = 1 << 16;
    private const int MostScratch = 1 << 22;
    private const int MostLayers = 1 << 13; // a chain of certificates has hundreds
    private const byte ScratchSource = 1;
    private const byte FirstJoined = 2;

    private bool[] _isWanted = new bool[catalog.All.Count];
    private bool[] _isSetAside = new bool[catalog.All.Count]; // nothing; what is wanted while nothing is taken
    private bool _areTextsSetAside;
    private bool _isHalted;
    private FieldValue[] _values = new FieldValue[256];
    private byte[] _scratch = new byte[1024];
    private readonly List<(ReadOnlyMemory<byte> Data, string? Name)> _joined = [];
    private long _joinedOctets;
    private int _count;
    private int _scratchLength;
    private readonly byte[] _layers = new byte[MostLayers];
    private int _layersLength;
    private bool _areLayersCut;
    private bool _hasRepeats;
    private readonly ArrayBufferWriter<byte> _line = new();
    private TreeText[] _texts = []; // of the values in their places

    /// <summary>The fields there are.</summary>
    public FieldCatalog Catalog { get; } = catalog;

    /// <summary>The values found.</summary>
    public ReadOnlySpan<FieldValue> Values => _values.AsSpan(0, _count);

    /// <summary>Whether a packet had more values than are kept; those behind the last one are missing.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Where the octets lie that are read now; see <see cref="FieldValue.Source"/>.</summary>
    internal byte Source { get; set; }

    /// <summary>How deep values lie under their protocol that are added now; 0 as deep as their fields say (<see cref="Field.Level"/>).</summary>
    internal byte Depth { get; set; }

    /// <summary>How deep the protocols lie themselves that are added now: those that another one quotes lie in it.</summary>
    internal byte Base { get; set; }

    /// <summary>Whether somebody reads what values say in a tree; see <see cref="WantTexts"/>.</summary>
    internal bool AreTextsWanted { get; private set; }

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

    /// <summary>Asks for every field that Wireshark has too: those of netwhy are asked for by name.</summary>
    public void WantAll()
    {
        foreach (Field field in Catalog.All)
            _isWanted[field.Index] |= field.Protocol != VerdictFields.Group.Protocol;
    }

    /// <summary>Asks for every field, and for what the values say in a tree where that is more than their field and value.</summary>
    public void WantTexts()
    {
        WantAll();
        AreTextsWanted = true;
    }

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

    /// <summary>Takes no more values: the packet cannot be read further.</summary>
    internal void Halt()
    {
        if (!_isHalted)
            SetAside();
    }

    /// <summary>Takes values again.</summary>
    internal void Resume()
    {
        if (_isHalted)
            SetAside();
    }

    private void SetAside()
    {
        _isHalted = !_isHalted;
        (_isWanted, _isSetAside) = (_isSetAside, _isWanted);
        (AreTextsWanted, _areTextsSetAside) = (_areTextsSetAside, AreTextsWanted);
    }

    /// <summary>Forgets the values of the packet before.</summary>
    public void Clear()
    {
        Resume();
        _count = 0;
        _scratchLength = 0;
        _layersLength = 0;
        _areLayersCut = _hasRepeats = false;
        _joined.Clear();
        _joinedOctets = 0;
        Source = 0;
        Depth = 0;
        Base = 0;
        IsCut = false;
    }

    /// <summary>Whether there is room for more data beside that of <see cref="Joined"/>: a small packet may unfold to much.</summary>
    internal bool MayJoin => _joined.Count <= byte.MaxValue - FirstJoined && _joinedOctets < MostJoined;

    /// <summary>Makes data known that was put together from several packets.</summary>
    /// <param name="data">The data: it must stay as it is until the next packet is read.</param>
    /// <param name="name">What Wireshark calls it; null if it does not show it.</param>
    /// <returns>Its number as a source; null if there are too many of them in one packet.</returns>
    internal byte? Join(ReadOnlyMemory<byte> data, string? name)
    {
        if (!MayJoin)
        {
            IsCut = true;
            return null;
        }

        _joined.Add((data, name));
        _joinedOctets += data.Length;
        return (byte)(_joined.Count - 1 + FirstJoined);
    }

    /// <summary>Lets data be shown that was made known without a name.</summary>
    /// <param name="source">Its number as a source.</param>
    /// <param name="name">What Wireshark calls it.</param>
    internal void Name(byte source, string name) => _joined[source - FirstJoined] = _joined[source - FirstJoined] with { Name = name };

    /// <summary>Data that was put together, decrypted or unpacked: what it is called, and its octets.</summary>
    internal IReadOnlyList<(ReadOnlyMemory<byte> Data, string? Name)> Joined => _joined;

    /// <summary>The octets of a source.</summary>
    /// <param name="source">Its number.</param>
    /// <param name="packet">The packet.</param>
    internal ReadOnlySpan<byte> OctetsOf(byte source, ReadOnlySpan<byte> packet) => source switch
    {
        0 => packet,
        ScratchSource => _scratch.AsSpan(0, _scratchLength),
        _ => _joined[source - FirstJoined].Data.Span,
    };

    /// <summary>The names of the protocols that were found, parted by colons.</summary>
    internal ReadOnlySpan<byte> Layers => _hasRepeats ? WithoutRepeats() : Steps;

    /// <summary>The same with each message of a protocol that came behind another one of it, with a plus sign before its name.</summary>
    internal ReadOnlySpan<byte> Steps => _layers.AsSpan(0, _layersLength);

    private byte[] WithoutRepeats()
    {
        IEnumerable<string> names = System.Text.Encoding.ASCII.GetString(Steps).Split(':').Where(name => !name.StartsWith('+'));
        return System.Text.Encoding.ASCII.GetBytes(string.Join(':', names));
    }

    /// <summary>Notes a protocol.</summary>
    /// <param name="name">Its name.</param>
    internal void AddLayer(string name)
    {
        if (_isHalted)
            return;
        _areLayersCut |= _layersLength + name.Length + 1 > MostLayers;
        if (_areLayersCut) // with one left out, what follows would seem to lie in another
            return;
        if (_layersLength > 0)
            _layers[_layersLength++] = (byte)':';
        _layersLength += System.Text.Encoding.ASCII.GetBytes(name, _layers.AsSpan(_layersLength));
    }

    /// <summary>Notes another message of a protocol that was noted; see <see cref="Steps"/>.</summary>
    /// <param name="name">The protocol's name.</param>
    internal void AddRepeat(string name)
    {
        _hasRepeats = true;
        AddLayer("+" + name);
    }

    /// <summary>Adds a value that lies in what is read, or was computed.</summary>
    /// <param name="field">The field.</param>
    /// <param name="number">Its value; see <see cref="FieldValue.Number"/>.</param>
    /// <param name="offset">Where it begins in the packet.</param>
    /// <param name="length">How many octets it has there; 0 if it was computed.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // most fields are not asked for
    public void Add(Field field, ulong number, int offset, int length)
    {
        if (_isWanted[field.Index])
            Append(field, new FieldValue((ushort)field.Index, Source, offset, length, number));
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

        Append(field, new FieldValue((ushort)field.Index, ScratchSource, Keep(octets), octets.Length, 0));
    }

    private int Keep(ReadOnlySpan<byte> octets)
    {
        if (_scratchLength + octets.Length > _scratch.Length)
            Array.Resize(ref _scratch, Math.Max(_scratch.Length * 2, _scratchLength + octets.Length));
        octets.CopyTo(_scratch.AsSpan(_scratchLength));
        _scratchLength += octets.Length;
        return _scratchLength - octets.Length;
    }

    /// <summary>The place of the value that was added last; -1 if there is none.</summary>
    internal int Last => _count - 1;

    /// <summary>Says what stands in a tree for the value added last, instead of its field and value.</summary>
    /// <param name="line">The text.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // most packets are not printed as trees
    internal void Say([InterpolatedStringHandlerArgument("")] TreeLine line) => SayOf(Last, line);

    /// <summary>Says what stands in a tree behind the field and value added last.</summary>
    /// <param name="line">The text.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // most packets are not printed as trees
    internal void SayMore([InterpolatedStringHandlerArgument("")] TreeLine line)
    {
        if (line.IsWanted && _count > 0)
            SetText(Last, isMore: true);
    }

    /// <summary>Says what stands in a tree behind a value.</summary>
    /// <param name="place">Its place; nothing is said for -1.</param>
    /// <param name="line">The text.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // most packets are not printed as trees
    internal void SayMoreOf(int place, [InterpolatedStringHandlerArgument("")] TreeLine line)
    {
        if (line.IsWanted && place >= 0)
            SetText(place, isMore: true);
    }

    /// <summary>Leaves the value added last out of the tree.</summary>
    internal void Hide()
    {
        if (AreTextsWanted && _count > 0)
            PutText(Last, new TreeText(0, 0, TreeTextKind.Hidden));
    }

    /// <summary>Leaves the values added last out of the tree.</summary>
    /// <param name="first">The place of the first of them.</param>
    internal void HideFrom(int first)
    {
        for (int place = first; AreTextsWanted && place < _count; place++)
            PutText(place, new TreeText(0, 0, TreeTextKind.Hidden));
    }

    /// <summary>Whether a value is left out of the tree.</summary>
    /// <param name="place">Its place among <see cref="Values"/>.</param>
    internal bool IsHidden(int place) => place < _texts.Length && _texts[place].Kind == TreeTextKind.Hidden;

    /// <summary>Says what stands in a tree for a value.</summary>
    /// <param name="place">Its place; nothing is said for -1.</param>
    /// <param name="line">The text.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // most packets are not printed as trees
    internal void SayOf(int place, [InterpolatedStringHandlerArgument("")] TreeLine line)
    {
        if (line.IsWanted && place >= 0)
            SetText(place, isMore: false);
    }

    /// <summary>Adds what an expert remarks of the value that was added last, under it.</summary>
    /// <param name="finding">The remark.</param>
    /// <param name="offset">Where it is about.</param>
    /// <param name="message">The message.</param>
    internal void Remark(Field finding, int offset, [InterpolatedStringHandlerArgument("", nameof(finding))] TreeLine message)
    {
        int parent = Last;
        while (parent >= 0 && (IsOfExpert(Catalog.All[_values[parent].FieldIndex]) || IsHiddenMark(_values[parent])))
            parent--;
        RemarkOf(parent, finding, offset, message);
    }

    /// <summary>Adds what an expert remarks of a value.</summary>
    /// <param name="parent">Its place.</param>
    /// <param name="finding">The remark.</param>
    /// <param name="offset">Where it is about.</param>
    /// <param name="message">The message.</param>
    internal void RemarkOf(int parent, Field finding, int offset, [InterpolatedStringHandlerArgument("", nameof(finding))] TreeLine message) =>
        AddRemark((byte)(parent >= 0 ? _values[parent].Depth + 1 : 1), finding, offset, message);

    /// <summary>Adds what an expert remarks of no value: a line with it stands where the next value would.</summary>
    /// <param name="finding">The remark.</param>
    /// <param name="offset">Where it is about.</param>
    /// <param name="message">The message.</param>
    internal void RemarkHere(Field finding, int offset, [InterpolatedStringHandlerArgument("", nameof(finding))] TreeLine message)
    {
        byte depth = (byte)(Base + Math.Max((byte)1, Depth));
        if (message.IsWanted)
            AddAt(depth, FrameFields.Text, FieldLine.Cut(_line.WrittenSpan));
        AddRemark((byte)(depth + 1), finding, offset, message);
    }

    private void AddRemark(byte depth, Field finding, int offset, TreeLine message)
    {
        ReadOnlySpan<byte> text = message.IsWanted ? FieldLine.Cut(_line.WrittenSpan) : default;
        Expertise expertise = finding.Expertise!;
        AddAt(depth, ExpertFields.Head, default);
        if (AreTextsWanted)
            SetWhole(System.Text.Encoding.UTF8.GetBytes($"Expert Info ({ExpertFields.NameOf(expertise.Severity)}/{ExpertFields.NameOf(expertise.Group)}): "), text);
        byte inner = (byte)(depth + 1);
        AddAt(inner, finding, default, offset);
        if (AreTextsWanted)
            SetWhole([], text);
        if (message.IsWanted)
            AddAt(inner, ExpertFields.Message, text);
        AddAt(inner, ExpertFields.Severity, default, number: (ulong)expertise.Severity);
        AddAt(inner, ExpertFields.Subject, default, number: (ulong)expertise.Group);
        if (expertise.Group != ExpertGroup.Malformed)
            return;
        AddAt(depth, FaultFields.Malformed.Protocol, default, offset); // for filters
        if (_count > 0 && _isWanted[FaultFields.Malformed.Protocol.Index])
            Hide();
    }

    // For the value added last.
    private void SetWhole(ReadOnlySpan<byte> head, ReadOnlySpan<byte> text)
    {
        if (_count == 0 || !HasRoom(head.Length + text.Length))
            return;
        int offset = Keep(head);
        Keep(text);
        PutText(Last, new TreeText(offset, head.Length + text.Length, TreeTextKind.Whole));
    }

    private bool HasRoom(int length)
    {
        IsCut |= _scratchLength + length > MostScratch;
        return !IsCut;
    }

    /// <summary>Moves values that were added last to where they belong.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="place">In front of which value they go.</param>
    internal void Move(int first, int place)
    {
        int count = _count - first;
        if (place < 0 || place >= first || count <= 0)
            return;
        Rotate(_values.AsSpan(place, _count - place), count);
        if (_texts.Length > 0 && _texts.Length < _values.Length)
            Array.Resize(ref _texts, _values.Length);
        if (_texts.Length > 0)
            Rotate(_texts.AsSpan(place, _count - place), count);
    }

    // The last ones come first.
    private static void Rotate<T>(Span<T> items, int count)
    {
        items[..^count].Reverse();
        items[^count..].Reverse();
        items.Reverse();
    }

    // What a remark of malformed octets leaves for filters: the line of a packet that ends too early lies at 0.
    private static bool IsHiddenMark(in FieldValue value) => value.FieldIndex == FaultFields.Malformed.Protocol.Index && value.Depth > 0;

    private static bool IsOfExpert(Field field) => field.Protocol == ExpertFields.Head || field.Expertise is not null;

    /// <summary>Adds a computed value deeper than its field says.</summary>
    /// <param name="level">How deep under its protocol.</param>
    /// <param name="field">Its field.</param>
    /// <param name="number">Its value; see <see cref="FieldValue.Number"/>.</param>
    /// <param name="offset">What it is about.</param>
    internal void AddAt(int level, Field field, ulong number, int offset) => AddAt((byte)(Base + level), field, default, offset, number);

    private void AddAt(byte depth, Field field, ReadOnlySpan<byte> octets, int offset = 0, ulong number = 0)
    {
        if (!_isWanted[field.Index])
            return;
        int before = _count;
        if (octets.IsEmpty)
            Add(field, number, offset, 0);
        else
            AddMade(field, octets);
        if (_count > before)
            _values[before] = _values[before] with { Depth = depth };
    }

    /// <summary>Adds text.</summary>
    /// <param name="field">Its field.</param>
    /// <param name="line">The text.</param>
    internal void AddText(Field field, [InterpolatedStringHandlerArgument("", nameof(field))] TreeLine line)
    {
        if (line.IsWanted)
            AddMade(field, _line.WrittenSpan);
    }

    /// <summary>Adds a line that other values lie under, as deep as a protocol lies itself; a tree has it in brackets, as what was computed.</summary>
    /// <param name="field">The field of such lines.</param>
    /// <param name="line">The line.</param>
    internal void AddHeading(Field field, [InterpolatedStringHandlerArgument("", nameof(field))] TreeLine line)
    {
        if (!line.IsWanted)
            return;
        AddAt(Base, field, _line.WrittenSpan);
        if (!AreTextsWanted || _count == 0 || !HasRoom(_line.WrittenCount + 2))
            return;
        int offset = Keep("["u8);
        Keep(_line.WrittenSpan);
        Keep("]"u8);
        PutText(Last, new TreeText(offset, _line.WrittenCount + 2, TreeTextKind.Whole));
    }

    /// <summary>The text that is written now.</summary>
    internal ArrayBufferWriter<byte> BeginLine()
    {
        _line.ResetWrittenCount();
        return _line;
    }

    private void SetText(int place, bool isMore)
    {
        TreeText before = place < _texts.Length ? _texts[place] : default;
        if (isMore && before.Length > FieldLine.Longest) // no more of it is shown
        {
            PutText(place, before with { Kind = before.Kind == TreeTextKind.Behind ? TreeTextKind.Behind : TreeTextKind.Grown });
            return;
        }

        if (!HasRoom((isMore ? before.Length : 0) + _line.WrittenCount))
            return;
        if (isMore && before.Length > 0)
        {
            // Behind what was said before: where that stands, if nothing was kept since.
            bool isLast = before.Offset + before.Length == _scratchLength;
            int offset = isLast ? before.Offset : Keep(_scratch.AsSpan(before.Offset, before.Length));
            Keep(_line.WrittenSpan);
            PutText(place, new TreeText(offset, before.Length + _line.WrittenCount, before.Kind == TreeTextKind.Behind ? TreeTextKind.Behind : TreeTextKind.Grown));
            return;
        }

        PutText(place, new TreeText(Keep(_line.WrittenSpan), _line.WrittenCount, isMore ? TreeTextKind.Behind : TreeTextKind.Whole));
    }

    // A value that was left out has no place: what is said of it would go to another one.
    private void PutText(int place, TreeText text)
    {
        if (IsCut)
            return;
        if (_texts.Length < _values.Length)
            Array.Resize(ref _texts, _values.Length);
        _texts[place] = text;
    }

    /// <summary>What was said for a value; empty if nothing was.</summary>
    /// <param name="place">Its place among <see cref="Values"/>.</param>
    /// <param name="kind">How it stands to the field and value.</param>
    internal ReadOnlySpan<byte> TextOf(int place, out TreeTextKind kind)
    {
        TreeText text = place < _texts.Length ? _texts[place] : default;
        kind = text.Kind;
        return _scratch.AsSpan(text.Offset, text.Length);
    }

    private readonly record struct TreeText(int Offset, int Length, TreeTextKind Kind);

    /// <summary>Keeps a place for a value that is known later.</summary>
    /// <param name="field">Its field.</param>
    /// <returns>The place; -1 if nobody asked.</returns>
    internal int Reserve(Field field)
    {
        AddMade(field, default);
        return _isWanted[field.Index] ? _count - 1 : -1;
    }

    /// <summary>Says how long a value is, where that is known later.</summary>
    /// <param name="place">Its place.</param>
    /// <param name="length">Its octets.</param>
    internal void Resize(int place, int length)
    {
        if (place >= 0 && place < _count)
            _values[place] = _values[place] with { Length = length };
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
            _values[place] = _values[--_count] with { Depth = _values[place].Depth };
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Append(Field field, in FieldValue value)
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

        byte depth = field.Protocol == field ? Base : (byte)(Base + (Depth > 0 ? Depth : field.Level));
        if (_count < _texts.Length)
            _texts[_count] = default;
        _values[_count++] = value with { Depth = depth };
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

    /// <summary>The protocols in the order read, with colons between them; another message of one that was read has a plus sign before it.</summary>
    public ReadOnlySpan<byte> Steps => _fields.Steps;

    /// <summary>Data that was put together from several packets, decrypted or unpacked: its octets and its name; null for what is not shown.</summary>
    public IReadOnlyList<(ReadOnlyMemory<byte> Data, string? Name)> Joined => _fields.Joined;

    /// <summary>Whether a value is left out of a tree: it is there for filters.</summary>
    /// <param name="place">Its place among <see cref="Values"/>.</param>
    public bool IsHidden(int place) => _fields.Catalog.All[Values[place].FieldIndex].IsHidden || _fields.IsHidden(place);

    /// <summary>Whether a tree shows more for a value than its field, or something else. Only where <see cref="PacketFields.WantTexts"/> asked.</summary>
    /// <param name="place">Its place among <see cref="Values"/>.</param>
    public bool HasText(int place) => !_fields.TextOf(place, out TreeTextKind kind).IsEmpty && kind is not (TreeTextKind.None or TreeTextKind.Hidden);

    /// <summary>What a tree shows for a value besides, or instead of, its field and value; empty if nothing was said. Only where <see cref="PacketFields.WantTexts"/> asked.</summary>
    /// <param name="place">Its place among <see cref="Values"/>.</param>
    /// <param name="kind">How it stands to the field and value.</param>
    internal ReadOnlySpan<byte> TextOf(int place, out TreeTextKind kind) => _fields.TextOf(place, out kind);

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
