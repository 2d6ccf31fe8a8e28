using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

/// <summary>
/// Computes as Wireshark does: in the size of the left value, and what does not fit has no result. Masks and divisors count
/// with their bits, so that -1 is the largest of unsigned ones.
/// </summary>
internal static class FilterArithmetic
{
    /// <summary>Whether a number fits in an integer.</summary>
    internal static bool Fits(Int128 number, FilterInteger integer) => integer switch
    {
        FilterInteger.Unsigned32 => number >= 0 && number <= uint.MaxValue,
        FilterInteger.Unsigned64 => number >= 0 && number <= ulong.MaxValue,
        FilterInteger.Signed32 => number >= int.MinValue && number <= int.MaxValue,
        FilterInteger.Signed64 => number >= long.MinValue && number <= long.MaxValue,
        _ => true,
    };

    /// <summary>The negative of a value; that of an unsigned integer is signed, and there is one where the value itself fits in that.</summary>
    internal static bool TryNegate(FilterType type, in FilterValue value, out FilterValue result)
    {
        result = value;
        if (type.Kind == FieldKind.Double)
        {
            result.Double = -value.Double;
            return true;
        }

        result.Number = -value.Number;
        result.Integer = Signed(value.Integer);
        return Fits(value.Number, result.Integer) && Fits(result.Number, result.Integer);
    }

    /// <summary>Joins two values of one type.</summary>
    internal static bool TryCompute(ArithmeticOperator op, FilterType type, in FilterValue left, in FilterValue right, out FilterValue result)
    {
        result = left;
        if (type.Kind == FieldKind.Double)
        {
            result.Double = op switch
            {
                ArithmeticOperator.Add => left.Double + right.Double,
                ArithmeticOperator.Subtract => left.Double - right.Double,
                ArithmeticOperator.Multiply => left.Double * right.Double,
                _ => left.Double / right.Double,
            };
            return op != ArithmeticOperator.Divide || right.Double != 0;
        }

        if (op == ArithmeticOperator.And)
        {
            result.Number = Cast(left.Number, left.Integer) & Cast(right.Number, left.Integer);
            return true;
        }

        if (op is ArithmeticOperator.Divide or ArithmeticOperator.Remainder)
        {
            Int128 divisor = Cast(right.Number, left.Integer);
            if (divisor == 0)
                return false;
            result.Number = op == ArithmeticOperator.Divide ? left.Number / divisor : left.Number % divisor;
            return Fits(result.Number, left.Integer);
        }

        if (!Fits(right.Number, left.Integer))
            return false;
        result.Number = op switch
        {
            ArithmeticOperator.Add => left.Number + right.Number,
            ArithmeticOperator.Subtract => left.Number - right.Number,
            _ => left.Number * right.Number,
        };
        if (result.Number >= 0)
            return Fits(result.Number, left.Integer);
        result.Integer = Signed(left.Integer);
        return Fits(left.Number, result.Integer) && Fits(right.Number, result.Integer) && Fits(result.Number, result.Integer);
    }

    // The bits of a number as an integer of another type.
    private static Int128 Cast(Int128 number, FilterInteger integer) => integer switch
    {
        FilterInteger.Unsigned32 => unchecked((uint)number),
        FilterInteger.Unsigned64 => unchecked((ulong)number),
        FilterInteger.Signed32 => unchecked((int)number),
        FilterInteger.Signed64 => unchecked((long)number),
        _ => number,
    };

    private static FilterInteger Signed(FilterInteger integer) => integer switch
    {
        FilterInteger.Unsigned32 => FilterInteger.Signed32,
        FilterInteger.Unsigned64 => FilterInteger.Signed64,
        _ => integer,
    };
}
