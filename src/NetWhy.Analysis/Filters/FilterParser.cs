using System.Globalization;
using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

/// <summary>Reads the structure of a filter. Source: Wireshark, man page wireshark-filter(4), and what tshark 4.0 accepts.</summary>
internal sealed class FilterParser
{
    /// <summary>The longest filter, in characters.</summary>
    internal const int LongestText = 1 << 16;

    /// <summary>How deep parentheses, functions and operators of arithmetic may nest.</summary>
    internal const int DeepestNesting = 256;

    private const string SetHint = ": a set is {1, 2, 5..9}";
    private const string ResetAlias = "tcp.analysis.reset";
    private const string ResetFlag = "tcp.flags.reset";

    // Protocols that had another name. Source: Wireshark 4.0, tshark -Y ssl.
    private static readonly (string Old, string Current)[] Renamed = [("ssl", "tls"), ("bootp", "dhcp")];

    private readonly string _text;
    private readonly FieldCatalog _catalog;
    private readonly FilterScanner _scanner;
    private readonly List<string> _notes = [];
    private FilterToken _token;
    private int _end; // of the token before
    private int _depth;

    private FilterParser(string text, FieldCatalog catalog)
    {
        _text = text;
        _catalog = catalog;
        _scanner = new FilterScanner(text);
        Advance();
    }

    /// <summary>Reads a filter.</summary>
    /// <param name="text">The filter.</param>
    /// <param name="catalog">The fields there are.</param>
    /// <param name="notes">What the user should know about it.</param>
    /// <returns>Its structure; null if it is empty, and everything passes.</returns>
    /// <exception cref="DisplayFilterException">It has none.</exception>
    internal static FilterNode? Parse(string text, FieldCatalog catalog, out IReadOnlyList<string> notes)
    {
        if (text.Length > LongestText)
            throw new DisplayFilterException(string.Create(CultureInfo.InvariantCulture, $"the filter has {text.Length} characters; {LongestText} are allowed"), LongestText, text.Length - LongestText);
        var parser = new FilterParser(text, catalog);
        notes = parser._notes;
        if (parser._token.Kind == FilterTokenKind.End)
            return null;
        FilterNode node = parser.Disjunction();
        if (parser._token.Kind != FilterTokenKind.End)
            throw parser.Unexpected(IsTerm(node) && node.Position + node.Length == parser._end ? "a comparison, “and”, “or” or the end" : "“and”, “or” or the end");
        return node;
    }

    private static bool IsTerm(FilterNode node) => node is FieldNode or LiteralNode or TextNode or CharacterNode or SliceNode or FunctionNode;

    private FilterNode Disjunction()
    {
        Enter();
        FilterNode node = Join(FilterTokenKind.Or, isAnd: false, () => Join(FilterTokenKind.And, isAnd: true, Condition));
        _depth--;
        return node;
    }

    // Long chains are one node: they are evaluated in a loop.
    private FilterNode Join(FilterTokenKind kind, bool isAnd, Func<FilterNode> part)
    {
        FilterNode first = part();
        if (_token.Kind != kind)
            return first;
        List<FilterNode> parts = [first];
        while (_token.Kind == kind)
        {
            Advance();
            parts.Add(part());
        }

        return new JoinNode(isAnd, parts, first.Position, _end - first.Position);
    }

    private FilterNode Condition()
    {
        int start = _token.Position;
        bool isNot = false;
        while (_token.Kind == FilterTokenKind.Not)
        {
            isNot = !isNot;
            Advance();
        }

        FilterNode node;
        if (_token.Kind == FilterTokenKind.LeftParenthesis)
        {
            Advance();
            node = Disjunction();
            Expect(FilterTokenKind.RightParenthesis, "“)”");
        }
        else
        {
            node = Relation();
        }

        return isNot ? new NotNode(node, start, _end - start) : node;
    }

    private FilterNode Relation()
    {
        FilterQuantifier? quantifier = _token.Kind switch
        {
            FilterTokenKind.Any => FilterQuantifier.Any,
            FilterTokenKind.All => FilterQuantifier.All,
            _ => null,
        };
        if (quantifier is not null)
            Advance();

        FilterNode left = Arithmetic(0, out bool isTerm);
        if (isTerm && _token.Kind is FilterTokenKind.In or FilterTokenKind.Not)
            return Member(left, quantifier);
        if (isTerm && _token is { Kind: FilterTokenKind.Comparison, Comparison: FilterComparison.Contains or FilterComparison.Matches })
        {
            FilterToken search = Advance();
            return Relate(left, search, Term(), quantifier);
        }

        if (!IsOrdering(_token))
            return quantifier is null ? left : throw Unexpected("a comparison behind “any” or “all”");
        return Comparisons(left, quantifier);
    }

    // a < b <= c means a < b and b <= c; “any” and “all” are for a single comparison.
    private FilterNode Comparisons(FilterNode left, FilterQuantifier? quantifier)
    {
        List<FilterNode> relations = [];
        FilterNode first = left;
        while (IsOrdering(_token))
        {
            FilterToken op = Advance();
            FilterNode right = Arithmetic(0, out _);
            relations.Add(Relate(left, op, right, IsOrdering(_token) || relations.Count > 0 ? null : quantifier));
            left = right;
        }

        return relations.Count == 1 ? relations[0] : new JoinNode(IsAnd: true, relations, first.Position, _end - first.Position);
    }

    private static bool IsOrdering(FilterToken token) =>
        token is { Kind: FilterTokenKind.Comparison, Comparison: not (FilterComparison.Contains or FilterComparison.Matches) };

    private RelationNode Relate(FilterNode left, FilterToken op, FilterNode right, FilterQuantifier? quantifier)
    {
        string sign = TextOf(op);
        if (sign == "~=")
            Note("“~=” is old: write “!==”, or “!=” if no value may be equal");
        return new RelationNode(op.Comparison, quantifier ?? op.Quantifier, sign, left, right);
    }

    // “not in” is the opposite of “in”, with “any” or “all” as without.
    private FilterNode Member(FilterNode left, FilterQuantifier? quantifier)
    {
        bool isNot = _token.Kind == FilterTokenKind.Not;
        if (isNot)
            Advance();
        Expect(FilterTokenKind.In, "“in”");
        Expect(FilterTokenKind.LeftBrace, "“{”", SetHint);
        List<(FilterNode Low, FilterNode? High)> set = [Element()];
        while (_token.Kind == FilterTokenKind.Comma)
        {
            Advance();
            set.Add(Element());
        }

        Expect(FilterTokenKind.RightBrace, "“,” or “}”", SetHint);
        var node = new MemberNode(isNot ? FilterQuantifier.Any : quantifier ?? FilterQuantifier.Any, left, set, left.Position, _end - left.Position);
        return isNot ? new NotNode(node, left.Position, _end - left.Position) : node;
    }

    private (FilterNode Low, FilterNode? High) Element()
    {
        FilterNode low = Signed(out _);
        if (_token.Kind != FilterTokenKind.Range)
            return (low, null);
        Advance();
        return (low, Signed(out _));
    }

    // “&” binds least, then + and -, then * / %. All group from the left.
    private FilterNode Arithmetic(int level, out bool isTerm)
    {
        if (level == 3)
            return Factor(out isTerm);
        FilterNode node = Arithmetic(level + 1, out isTerm);
        int operators = 0;
        while (_token.Kind == FilterTokenKind.Arithmetic && LevelOf(_token.Operator) == level)
        {
            isTerm = false;
            FilterToken op = Enter(Advance());
            operators++;
            FilterNode right = Arithmetic(level + 1, out _);
            node = new ArithmeticNode(op.Operator, TextOf(op), node, right, node.Position, _end - node.Position);
        }

        _depth -= operators;
        return node;
    }

    private static int LevelOf(ArithmeticOperator op) => op switch
    {
        ArithmeticOperator.And => 0,
        ArithmeticOperator.Add or ArithmeticOperator.Subtract => 1,
        _ => 2,
    };

    private FilterNode Factor(out bool isTerm)
    {
        if (_token.Kind != FilterTokenKind.LeftBrace)
            return Signed(out isTerm);
        isTerm = false;
        Enter(Advance());
        FilterNode node = Arithmetic(0, out _);
        _depth--;
        Expect(FilterTokenKind.RightBrace, "an operator or “}”");
        return node;
    }

    private FilterNode Signed(out bool isTerm)
    {
        isTerm = _token is not { Kind: FilterTokenKind.Arithmetic, Operator: ArithmeticOperator.Add or ArithmeticOperator.Subtract };
        if (isTerm)
            return Term();
        FilterToken sign = Advance();
        FilterNode term = Term();
        return sign.Operator == ArithmeticOperator.Add
            ? term
            : new ArithmeticNode(ArithmeticOperator.Negate, TextOf(sign), term, null, sign.Position, _end - sign.Position);
    }

    private FilterNode Term()
    {
        FilterNode term = Atom();
        int brackets = 0;
        while (_token.Kind == FilterTokenKind.LeftBracket)
        {
            Enter(_token);
            brackets++;
            IReadOnlyList<FilterRange> ranges = _scanner.Ranges();
            Advance();
            term = new SliceNode(term, ranges, term.Position, EndOfBracket() - term.Position);
        }

        _depth -= brackets;
        return term;
    }

    private FilterNode Atom()
    {
        FilterToken token = _token;
        switch (token.Kind)
        {
            case FilterTokenKind.Word:
                Advance();
                return _token.Kind == FilterTokenKind.LeftParenthesis ? Function(token) : Name(token);
            case FilterTokenKind.FieldName:
                Advance();
                return Find(TextOf(token)[1..], token) is { } field ? Layered(field, token) : throw UnknownField(TextOf(token)[1..], token);
            case FilterTokenKind.Literal:
                Advance();
                return new LiteralNode(TextOf(token), token.Position, token.Length);
            case FilterTokenKind.Text:
                Advance();
                return new TextNode(token.Octets!, token.Position, token.Length);
            case FilterTokenKind.Character:
                Advance();
                return new CharacterNode(token.Octets![0], token.Position, token.Length);
            default:
                throw Unexpected("a field or a value");
        }
    }

    private FilterNode Name(FilterToken token)
    {
        string name = TextOf(token);
        if (Find(name, token) is { } field)
            return Layered(field, token);
        if (_token.Kind == FilterTokenKind.Layer)
            throw UnknownField(name, token);
        return new LiteralNode(name, token.Position, token.Length);
    }

    private FieldNode Layered(FieldNode field, FilterToken token)
    {
        if (_token.Kind != FilterTokenKind.Layer)
            return field;
        IReadOnlyList<FilterRange> layers = _scanner.Layers();
        Advance();
        return field with { Layers = layers, Length = EndOfBracket() - token.Position };
    }

    private FunctionNode Function(FilterToken name)
    {
        Enter(Advance());
        List<FilterNode> arguments = [];
        if (_token.Kind != FilterTokenKind.RightParenthesis)
        {
            arguments.Add(Arithmetic(0, out _));
            while (_token.Kind == FilterTokenKind.Comma)
            {
                Advance();
                arguments.Add(Arithmetic(0, out _));
            }
        }

        _depth--;
        Expect(FilterTokenKind.RightParenthesis, "“,” or “)”");
        return new FunctionNode(TextOf(name), arguments, name.Position, _end - name.Position);
    }

    private FieldNode? Find(string name, FilterToken token)
    {
        if (_catalog.Find(name) is { } field)
            return new FieldNode(field, null, IsReset: false, token.Position, token.Length);
        if (name == ResetAlias && _catalog.Find(ResetFlag) is { } reset)
        {
            Note($"Wireshark has no field {ResetAlias}: read as {ResetFlag} == 1");
            return new FieldNode(reset, null, IsReset: true, token.Position, token.Length);
        }

        foreach ((string old, string current) in Renamed)
        {
            if (!name.StartsWith(old, StringComparison.Ordinal) || (name.Length > old.Length && name[old.Length] != '.'))
                continue;
            string renamed = current + name[old.Length..];
            if (_catalog.Find(renamed) is { } successor)
            {
                Note($"{name} is an old name: write {renamed}");
                return new FieldNode(successor, null, IsReset: false, token.Position, token.Length);
            }
        }

        return null;
    }

    private DisplayFilterException UnknownField(string name, FilterToken token) => FilterErrors.UnknownField(name, token.Position, token.Length, _catalog);

    private void Note(string note)
    {
        if (!_notes.Contains(note))
            _notes.Add(note);
    }

    private string TextOf(FilterToken token) => _text.Substring(token.Position, token.Length);

    private FilterToken Advance()
    {
        FilterToken token = _token;
        _end = token.Position + token.Length;
        _token = _scanner.Next();
        return token;
    }

    // Ranges are read by the scanner itself: they end before the blanks in front of the token that follows.
    private int EndOfBracket()
    {
        int end = _token.Position;
        while (_text[end - 1] is ' ' or '\t' or '\n' or '\r')
            end--;
        _end = end;
        return end;
    }

    private void Enter() => Enter(_token);

    private FilterToken Enter(FilterToken token)
    {
        if (++_depth > DeepestNesting)
            throw new DisplayFilterException(string.Create(CultureInfo.InvariantCulture, $"the filter nests deeper than {DeepestNesting} levels"), token.Position, token.Length);
        return token;
    }

    private void Expect(FilterTokenKind kind, string what, string hint = "")
    {
        if (_token.Kind != kind)
            throw Unexpected(what, hint);
        Advance();
    }

    private DisplayFilterException Unexpected(string wanted, string hint = "")
    {
        string found = TextOf(_token);
        string what = _token.Kind switch
        {
            FilterTokenKind.End => $"the filter ends where {wanted} should follow{hint}",
            FilterTokenKind.Dollar => "${…} asks for the packet that is selected in a window: write the value itself",
            FilterTokenKind.Unknown when found == "=" => "“=” compares nothing: write “==”",
            FilterTokenKind.Unknown when found == "@" => "“@” came with Wireshark 4.2: write the name of the field alone, or a slice of its protocol",
            FilterTokenKind.Unknown when found is "|" or "^" => $"“{found}” is no operator: write “or”, “and” or “not”",
            FilterTokenKind.Unknown => $"“{found}” means nothing here: text stands in double quotes",
            FilterTokenKind.LeftParenthesis => $"“(” cannot stand here, where {wanted} should: arithmetic is grouped by {{ }}, conditions by ( )",
            FilterTokenKind.Word when found is "xor" => "“xor” is no operator: write “(a and not b) or (b and not a)”",
            FilterTokenKind.Word when found is "AND" or "OR" or "NOT" => $"“{found}” is written small: “{found.ToLowerInvariant()}”",
            _ => $"“{FilterErrors.Shorten(found)}” stands where {wanted} should{hint}",
        };
        return new DisplayFilterException(what, _token.Position, _token.Length);
    }
}
